package member

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pocketbase/pocketbase/core"
)

// rights is what a decision needs to know of all spaces and memberships, as of one moment. Nobody changes one that is
// in use.
type rights struct {
	levels  map[string]Level
	members map[string]map[string]Right // by person and space
	library string
	order   []keyring // by access key
}

// keyring is the access keys of one space, for each of the sights.
type keyring struct {
	space string
	keys  [][]string
}

func keyringOf(space string) keyring {
	k := keyring{space: space}
	for _, states := range sights {
		var keys []string
		for _, state := range states {
			keys = append(keys, Access(space, state))
		}
		k.keys = append(k.keys, keys)
	}
	return k
}

// rightsKept holds the rights of one app in memory: a page asks for them on every request. Whatever changes a space or
// a membership here drops them; DropRights does the same for what another process changed.
type rightsKept struct {
	mu   sync.Mutex
	now  atomic.Pointer[rights]
	gone atomic.Int64 // counts the changes, so that what was read before one is not kept
}

const rightsKey = "commonplace.rights"

func keptOf(app core.App) *rightsKept {
	return app.Store().GetOrSet(rightsKey, func() any { return &rightsKept{} }).(*rightsKept)
}

// bindRights forgets the rights as soon as a change has been made, and once more when it has been committed.
func bindRights(app core.App) {
	drop := func(e *core.RecordEvent) error {
		DropRights(e.App)
		err := e.Next()
		DropRights(e.App)
		return err
	}
	for _, collection := range []string{"spaces", "memberships"} {
		app.OnRecordCreateExecute(collection).BindFunc(drop)
		app.OnRecordUpdateExecute(collection).BindFunc(drop)
		app.OnRecordDeleteExecute(collection).BindFunc(drop)
		app.OnRecordAfterCreateSuccess(collection).BindFunc(drop)
		app.OnRecordAfterUpdateSuccess(collection).BindFunc(drop)
		app.OnRecordAfterDeleteSuccess(collection).BindFunc(drop)
	}
}

// DropRights forgets what is known of spaces and memberships, because another process changed one.
func DropRights(app core.App) {
	k := keptOf(app)
	k.gone.Add(1)
	k.now.Store(nil)
}

// rightsOf returns the rights as they are now. Within a transaction they are read afresh and not kept: others do not see
// them yet.
func rightsOf(app core.App) (*rights, error) {
	if app.IsTransactional() {
		return readRights(app)
	}
	k := keptOf(app)
	if r := k.now.Load(); r != nil {
		return r, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if r := k.now.Load(); r != nil {
		return r, nil
	}
	before := k.gone.Load()
	r, err := readRights(app)
	if err == nil && k.gone.Load() == before {
		k.now.Store(r)
		if k.gone.Load() != before { // a change came just now
			k.now.Store(nil)
		}
	}
	return r, err
}

func readRights(app core.App) (*rights, error) {
	var spaces []struct {
		ID    string `db:"id"`
		Slug  string `db:"slug"`
		Level Level  `db:"level"`
	}
	if err := app.DB().Select("id", "slug", "level").From("spaces").All(&spaces); err != nil {
		return nil, err
	}
	r := &rights{levels: make(map[string]Level, len(spaces)), members: map[string]map[string]Right{}}
	for _, s := range spaces {
		r.levels[s.ID] = s.Level
		r.order = append(r.order, keyringOf(s.ID))
		if s.Slug == LibrarySlug {
			r.library = s.ID
		}
	}
	slices.SortFunc(r.order, func(a, b keyring) int { return strings.Compare(Access(a.space, ""), Access(b.space, "")) })
	var rows []struct {
		User  string `db:"user"`
		Space string `db:"space"`
		Role  string `db:"role"`
	}
	if err := app.DB().Select("user", "space", "role").From("memberships").All(&rows); err != nil {
		return nil, err
	}
	for _, m := range rows {
		if r.members[m.User] == nil {
			r.members[m.User] = map[string]Right{}
		}
		r.members[m.User][m.Space] = byRole(m.Role)
	}
	return r, nil
}
