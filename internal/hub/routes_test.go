package hub_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"commonplace/internal/check"
	"commonplace/internal/event"
	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

// route is an address that the hub answers, as it stands in the code.
type route struct{ method, pattern string }

// routes reads every route of the site and the hub from their source, so that none can be forgotten.
func routes(t *testing.T) []route {
	t.Helper()
	var all []route
	for _, p := range packages(t) {
		if p.name != "internal/site" && p.name != "internal/hub" {
			continue
		}
		for _, f := range p.files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
					all = append(all, routesOf(fn)...)
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b route) int { return strings.Compare(a.pattern+" "+a.method, b.pattern+" "+b.method) })
	return all
}

// routesOf finds calls such as group.GET("/path", ...), where group is the router or was made with a prefix.
func routesOf(fn *ast.FuncDecl) []route {
	prefix := map[string]string{}
	var all []route
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if len(n.Lhs) == 1 && len(n.Rhs) == 1 {
				if name, ok := n.Lhs[0].(*ast.Ident); ok {
					prefix[name.Name] = groupPrefix(n.Rhs[0])
				}
			}
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || len(n.Args) != 2 || !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE", "Any"}, sel.Sel.Name) {
				break
			}
			pattern := literal(n.Args[0])
			if !strings.HasPrefix(pattern, "/") {
				break
			}
			if group := rootOf(sel.X); group != nil {
				pattern = prefix[group.Name] + pattern
			}
			all = append(all, route{sel.Sel.Name, pattern})
		}
		return true
	})
	return all
}

// groupPrefix is the text in a call such as s.group(r, "/-") or r.Group("/api/hub"), also when more is called on it.
func groupPrefix(e ast.Expr) string {
	found := ""
	ast.Inspect(e, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "group" || sel.Sel.Name == "Group") && len(call.Args) > 0 {
			found = literal(call.Args[len(call.Args)-1])
		}
		return true
	})
	return found
}

func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

// addresses fills in the parts of patterns: for each, what there is to see and what there is not. Words in brackets stand
// for things of the matrix.
var addresses = map[string][]string{
	"/{$}":                                            {"/"},
	"/{slug}":                                         {"/about", "/nothing"},
	"/handbook/{chapter}":                             {"/handbook/adult-carers", "/handbook/nothing"},
	"/handbook/{chapter}/{page}":                      {"/handbook/adult-carers/carers-assessment", "/handbook/adult-carers/nothing"},
	"/in/{place}/handbook":                            {"/in/leeds/handbook", "/in/nowhere/handbook"},
	"/in/{place}/offline":                             {"/in/leeds/offline", "/in/nowhere/offline"},
	"/in/{place}/offline/list.json":                   {"/in/leeds/offline/list.json", "/in/nowhere/offline/list.json"},
	"/in/{place}/offline/{name}":                      {"/in/leeds/offline/nothing.json"},
	"/offline/{name}":                                 {"/offline/nothing.json"},
	"/in/{place}/handbook/{chapter}":                  {"/in/leeds/handbook/adult-carers"},
	"/in/{place}/handbook/{chapter}/{page}":           {"/in/leeds/handbook/adult-carers/carers-assessment"},
	"/events/{slug}":                                  {"/events/[event open]", "/events/[event restricted]", "/events/[event private]", "/events/[event confidential]", "/events/[event open].ics", "/events/[event private].ics", "/events/nothing", "/events/nothing.ics"},
	"/events/{slug}/outcome":                          {"/events/[event open]/outcome", "/events/[event private]/outcome", "/events/[event confidential]/outcome", "/events/nothing/outcome"},
	"/in/{place}/plans":                               {"/in/leeds/plans", "/in/nowhere/plans"},
	"/in/{place}/plans/{slug}":                        {"/in/leeds/plans/young-carers-2026-28", "/in/leeds/plans/nothing"},
	"/in/{place}/search":                              {"/in/leeds/search?q=respite", "/in/nowhere/search"},
	"/in/{place}/events":                              {"/in/leeds/events", "/in/nowhere/events"},
	"/write/event/{id}":                               {"/write/event/[event open]", "/write/event/[event private]", "/write/event/[event confidential]", "/write/event/nothing"},
	"/places/{slug}":                                  {"/places/leeds", "/places/nowhere"},
	"/partners/{slug}":                                {"/partners/carers-in-hertfordshire", "/partners/nobody"},
	"/programmes/{slug}":                              {"/programmes/workforce", "/programmes/nothing"},
	"/figures/{key}":                                  {"/figures/wyh-saving-claim", "/figures/nothing"},
	"/manage/figures/{id}":                            {"/manage/figures/[figure]", "/manage/figures/nothing"},
	"/manage/figures/{id}/release":                    {"/manage/figures/[figure]/release", "/manage/figures/nothing/release"},
	"/manage/figures/{id}/delete":                     {"/manage/figures/[figure]/delete", "/manage/figures/nothing/delete"},
	"/gaps/{id}":                                      {"/gaps/nothing"},
	"/me/pages":                                       {"/me/pages"},
	"/tap/{token}":                                    {"/tap/nothing", "/tap/e30.e30.e30"},
	"/discussions/{id}/follow":                        {"/discussions/[thread open]/follow", "/discussions/[thread private]/follow", "/discussions/nothing/follow"},
	"/spaces/{slug}/follow":                           {"/spaces/library/follow", "/spaces/programme-board/follow", "/spaces/quiet-room/follow", "/spaces/nothing/follow"},
	"/handbook/{chapter}/{page}/follow":               {"/handbook/adult-carers/carers-assessment/follow", "/handbook/adult-carers/nothing/follow"},
	"/case-studies/{slug}/follow":                     {"/case-studies/a-carer-friendly-system/follow", "/case-studies/nothing/follow"},
	"/guidance/{slug}/follow":                         {"/guidance/nothing/follow"},
	"/templates/{slug}/follow":                        {"/templates/nothing/follow"},
	"/plans/{slug}/board":                             {"/plans/young-carers-2026-28/board", "/plans/nothing/board"},
	"/plans/{slug}/board/{name}":                      {"/plans/young-carers-2026-28/board/now.csv", "/plans/young-carers-2026-28/board/2026-01-01-abcde", "/plans/nothing/board/now"},
	"/plans/{slug}/dates.ics":                         {"/plans/young-carers-2026-28/dates.ics", "/plans/nothing/dates.ics"},
	"/programmes/{slug}/board":                        {"/programmes/workforce/board", "/programmes/nothing/board"},
	"/programmes/{slug}/board/{name}":                 {"/programmes/workforce/board/now.csv", "/programmes/nothing/board/now"},
	"/programmes/{slug}/dates.ics":                    {"/programmes/workforce/dates.ics", "/programmes/nothing/dates.ics"},
	"/plans/{slug}/follow":                            {"/plans/nothing/follow"},
	"/glossary/{slug}/follow":                         {"/glossary/nothing/follow"},
	"/checked/{token}":                                {"/checked/nothing", "/checked/e30.e30.e30"},
	"/write/{kind}/{id}/checked":                      {"/write/case-study/[published open]/checked", "/write/case-study/[published private]/checked", "/write/case-study/nothing/checked", "/write/handbook/[published open]/checked"},
	"/write/{kind}/{id}/keeper":                       {"/write/case-study/[published open]/keeper", "/write/case-study/[published private]/keeper", "/write/case-study/[published confidential]/keeper", "/write/case-study/[draft private]/keeper", "/write/case-study/nothing/keeper"},
	"/self-checks/{id}":                               {"/self-checks/[check open]", "/self-checks/[check open].csv", "/self-checks/[check confidential]", "/self-checks/[check confidential].csv", "/self-checks/[check draft]", "/self-checks/nothing"},
	"/self-checks/{id}/edit":                          {"/self-checks/[check open]/edit", "/self-checks/[check confidential]/edit", "/self-checks/[check draft]/edit", "/self-checks/nothing/edit"},
	"/self-checks/new":                                {"/self-checks/new", "/self-checks/new?template=quality-markers", "/self-checks/new?template=nothing", "/self-checks/new?template=[check template confidential]"},
	"/champions/{id}/contact":                         {"/champions/[champion]/contact", "/champions/[champion not shown]/contact", "/champions/nothing/contact"},
	"/champions/{id}/messages/{message}":              {"/champions/[champion]/messages/[message]", "/champions/[champion not shown]/messages/[message]", "/champions/[champion]/messages/nothing"},
	"/groups/{slug}":                                  {"/groups/clinical-forum", "/groups/nothing"},
	"/case-studies/{slug}":                            {"/case-studies/[published open]", "/case-studies/[published restricted]", "/case-studies/[published private]", "/case-studies/[published confidential]", "/case-studies/[draft open]"},
	"/partners/{slug}/passports":                      {"/partners/kirklees-partner-example/passports", "/partners/nothing/passports"},
	"/case-studies/{slug}/adopt":                      {"/case-studies/[published open]/adopt", "/case-studies/[published restricted]/adopt", "/case-studies/[published private]/adopt", "/case-studies/[published confidential]/adopt", "/case-studies/[draft open]/adopt"},
	"/case-studies/{slug}/adoptions/{id}":             {"/case-studies/[published open]/adoptions/nothing", "/case-studies/[published private]/adoptions/nothing", "/case-studies/[draft open]/adoptions/nothing"},
	"/case-studies/{slug}/discuss":                    {"/case-studies/[published open]/discuss", "/case-studies/[published private]/discuss", "/case-studies/[draft open]/discuss"},
	"/handbook/{chapter}/{page}/changes":              {"/handbook/adult-carers/carers-assessment/changes"},
	"/handbook/{chapter}/{page}/changes/{n}":          {"/handbook/adult-carers/carers-assessment/changes/1", "/handbook/adult-carers/carers-assessment/changes/99"},
	"/handbook/{chapter}/{page}/at/{day}":             {"/handbook/adult-carers/carers-assessment/at/2099-01-01", "/handbook/adult-carers/carers-assessment/at/2000-01-01", "/handbook/adult-carers/carers-assessment/at/never"},
	"/case-studies/{slug}/changes":                    {"/case-studies/[published open]/changes", "/case-studies/[published restricted]/changes", "/case-studies/[published confidential]/changes", "/case-studies/[draft open]/changes"},
	"/case-studies/{slug}/changes/{n}":                {"/case-studies/[published open]/changes/1", "/case-studies/[published open]/changes/99", "/case-studies/[published restricted]/changes/1", "/case-studies/[published restricted]/changes/99", "/case-studies/[published confidential]/changes/1", "/case-studies/[published confidential]/changes/99", "/case-studies/[draft open]/changes/1", "/case-studies/[draft open]/changes/99"},
	"/case-studies/{slug}/at/{day}":                   {"/case-studies/[published open]/at/2099-01-01", "/case-studies/[published open]/at/2000-01-01", "/case-studies/[published open]/at/never", "/case-studies/[published restricted]/at/2099-01-01", "/case-studies/[published restricted]/at/2000-01-01", "/case-studies/[published restricted]/at/never", "/case-studies/[published confidential]/at/2099-01-01", "/case-studies/[published confidential]/at/2000-01-01", "/case-studies/[published confidential]/at/never", "/case-studies/[draft open]/at/2099-01-01", "/case-studies/[draft open]/at/2000-01-01", "/case-studies/[draft open]/at/never"},
	"/guidance/{slug}/changes":                        {"/guidance/nothing/changes"},
	"/guidance/{slug}/changes/{n}":                    {"/guidance/nothing/changes/1", "/guidance/nothing/changes/99"},
	"/guidance/{slug}/at/{day}":                       {"/guidance/nothing/at/2099-01-01", "/guidance/nothing/at/2000-01-01", "/guidance/nothing/at/never"},
	"/templates/{slug}/form.html":                     {"/templates/assessment-notes/form.html", "/templates/nothing/form.html"},
	"/templates/{slug}/changes":                       {"/templates/assessment-notes/changes"},
	"/templates/{slug}/changes/{n}":                   {"/templates/assessment-notes/changes/1", "/templates/assessment-notes/changes/99"},
	"/templates/{slug}/at/{day}":                      {"/templates/assessment-notes/at/2099-01-01", "/templates/assessment-notes/at/2000-01-01", "/templates/assessment-notes/at/never"},
	"/plans/{slug}/sign":                              {"/plans/young-carers-2026-28/sign", "/plans/nothing/sign"},
	"/plans/{slug}/csv":                               {"/plans/young-carers-2026-28/csv", "/plans/nothing/csv"},
	"/plans/{slug}/readings.csv":                      {"/plans/young-carers-2026-28/readings.csv", "/plans/nothing/readings.csv"},
	"/plans/{slug}/actions.csv":                       {"/plans/young-carers-2026-28/actions.csv", "/plans/nothing/actions.csv"},
	"/plans/{slug}/roles":                             {"/plans/young-carers-2026-28/roles", "/plans/nothing/roles"},
	"/plans/{slug}/keep":                              {"/plans/young-carers-2026-28/keep", "/plans/nothing/keep"},
	"/plans/{slug}/keep/{act}":                        {"/plans/young-carers-2026-28/keep/goal", "/plans/young-carers-2026-28/keep/nothing", "/plans/nothing/keep/goal"},
	"/plans/{slug}/keep/{act}/{id}":                   {"/plans/young-carers-2026-28/keep/action/nothing", "/plans/nothing/keep/action/nothing"},
	"/plans/{slug}/changes":                           {"/plans/young-carers-2026-28/changes"},
	"/plans/{slug}/changes/{n}":                       {"/plans/young-carers-2026-28/changes/1", "/plans/young-carers-2026-28/changes/99"},
	"/plans/{slug}/at/{day}":                          {"/plans/young-carers-2026-28/at/2099-01-01", "/plans/young-carers-2026-28/at/2000-01-01", "/plans/young-carers-2026-28/at/never"},
	"/glossary/{slug}/changes":                        {"/glossary/pip/changes"},
	"/glossary/{slug}/changes/{n}":                    {"/glossary/pip/changes/1", "/glossary/pip/changes/99"},
	"/glossary/{slug}/at/{day}":                       {"/glossary/pip/at/2099-01-01", "/glossary/pip/at/2000-01-01", "/glossary/pip/at/never"},
	"/suggestions/new":                                {"/suggestions/new", "/suggestions/new?document=[published open]", "/suggestions/new?document=[published restricted]", "/suggestions/new?document=[published confidential]", "/suggestions/new?document=[draft open]"},
	"/suggestions/{id}":                               {"/suggestions/[suggestion open]", "/suggestions/[suggestion confidential]", "/suggestions/nothing"},
	"/write/{kind}/{id}/history":                      {"/write/case-study/[published open]/history", "/write/case-study/[published confidential]/history", "/write/case-study/[draft private]/history", "/write/handbook/[published open]/history", "/write/case-study/nothing/history"},
	"/write/{kind}/{id}/comments":                     {"/write/case-study/[published open]/comments", "/write/case-study/[published confidential]/comments", "/write/case-study/[draft private]/comments", "/write/handbook/[published open]/comments", "/write/case-study/nothing/comments"},
	"/guidance/{slug}":                                {"/guidance/nothing"},
	"/templates/{slug}":                               {"/templates/assessment-notes", "/templates/nothing"},
	"/plans/{slug}":                                   {"/plans/young-carers-2026-28", "/plans/nothing"},
	"/glossary/{slug}":                                {"/glossary/pip", "/glossary/nothing"},
	"/discussions/{id}":                               {"/discussions/[thread open]", "/discussions/[thread restricted]", "/discussions/[thread private]", "/discussions/[thread confidential]", "/discussions/nothing"},
	"/discussions/{id}/edit":                          {"/discussions/[thread open]/edit", "/discussions/[thread restricted]/edit", "/discussions/[thread private]/edit", "/discussions/[thread confidential]/edit", "/discussions/nothing/edit"},
	"/discussions/{id}/decide":                        {"/discussions/[thread open]/decide", "/discussions/[thread restricted]/decide", "/discussions/[thread private]/decide", "/discussions/[thread confidential]/decide", "/discussions/nothing/decide"},
	"/told":                                           {"/told", "/told?page=/handbook", "/told?page=/nothing/nothing"},
	"/tell-us":                                        {"/tell-us", "/tell-us?page=/nothing/nothing"},
	"/discussions/{id}/become":                        {"/discussions/[thread open]/become", "/discussions/[thread restricted]/become", "/discussions/[thread private]/become", "/discussions/[thread confidential]/become", "/discussions/nothing/become"},
	"/discussions/{id}/feed.atom":                     {"/discussions/[thread open]/feed.atom", "/discussions/[thread restricted]/feed.atom", "/discussions/[thread private]/feed.atom", "/discussions/[thread confidential]/feed.atom", "/discussions/nothing/feed.atom"},
	"/discussions/{id}/discussion.json":               {"/discussions/[thread open]/discussion.json", "/discussions/[thread restricted]/discussion.json", "/discussions/[thread private]/discussion.json", "/discussions/[thread confidential]/discussion.json", "/discussions/nothing/discussion.json"},
	"/spaces/{slug}/feed.atom":                        {"/spaces/library/feed.atom", "/spaces/passport-group/feed.atom", "/spaces/programme-board/feed.atom", "/spaces/quiet-room/feed.atom", "/spaces/nothing/feed.atom"},
	"/people/{id}/feed.atom":                          {"/people/nobody/feed.atom"},
	"/feeds/{token}":                                  {"/feeds/nothing", "/feeds/nothing.atom"},
	"/me/feeds":                                       {"/me/feeds", "/me/feeds?kind=thread&record=nothing"},
	"/spaces/{slug}":                                  {"/spaces/library", "/spaces/passport-group", "/spaces/programme-board", "/spaces/quiet-room", "/spaces/nothing"},
	"/static/{name}":                                  {"/static/nothing.css"},
	"/write/import/{token}":                           {"/write/import/nothing"},
	"/write/bin/{id}":                                 {"/write/bin/[draft open]", "/write/bin/nothing"},
	"/write/{kind}":                                   {"/write/case-study", "/write/handbook", "/write/nothing"},
	"/write/{kind}/{id}":                              {"/write/case-study/[published open]", "/write/case-study/[draft open]", "/write/case-study/[draft private]", "/write/case-study/nothing"},
	"/write/autosave/{id}":                            {"/write/autosave/nothing"},
	"/manage/mail/{id}/again":                         {"/manage/mail/nothing/again"},
	"/files/{id}/{name}":                              {"/files/nothing/plan.txt"},
	"/write/{kind}/{id}/files":                        {"/write/case-study/[published open]/files", "/write/case-study/[draft open]/files", "/write/case-study/[draft private]/files", "/write/case-study/nothing/files"},
	"/write/{kind}/{id}/files/videos":                 {"/write/case-study/[draft private]/files/videos", "/write/case-study/nothing/files/videos"},
	"/write/{kind}/{id}/files/{file}":                 {"/write/case-study/[draft open]/files/nothing", "/write/case-study/nothing/files/nothing"},
	"/write/{kind}/{id}/preview":                      {"/write/case-study/[published open]/preview", "/write/case-study/[draft open]/preview", "/write/case-study/nothing/preview"},
	"/write/{kind}/{id}/consent":                      {"/write/case-study/[published open]/consent", "/write/case-study/[draft open]/consent", "/write/case-study/nothing/consent"},
	"/write/{kind}/{id}/relations":                    {"/write/case-study/[published open]/relations", "/write/case-study/[draft open]/relations", "/write/case-study/nothing/relations"},
	"/manage/people/{id}/erase":                       {"/manage/people/nothing/erase"},
	"/":                                               {"/no/such/page"},
	"/manage/partners/{id}":                           {"/manage/partners/[partner]", "/manage/partners/nothing"},
	"/manage/partners/{id}/delete":                    {"/manage/partners/[partner]/delete", "/manage/partners/nothing/delete"},
	"/manage/partners/{id}/merge":                     {"/manage/partners/[partner]/merge", "/manage/partners/nothing/merge"},
	"/manage/places/{id}":                             {"/manage/places/[place]", "/manage/places/nothing"},
	"/manage/places/{id}/delete":                      {"/manage/places/[place]/delete", "/manage/places/nothing/delete"},
	"/manage/programmes/{id}":                         {"/manage/programmes/[programme]", "/manage/programmes/nothing"},
	"/manage/programmes/{id}/delete":                  {"/manage/programmes/[programme]/delete", "/manage/programmes/nothing/delete"},
	"/manage/groups/{id}":                             {"/manage/groups/[group]", "/manage/groups/nothing"},
	"/manage/groups/{id}/delete":                      {"/manage/groups/[group]/delete", "/manage/groups/nothing/delete"},
	"/manage/groups/{id}/decisions/new":               {"/manage/groups/[group]/decisions/new", "/manage/groups/nothing/decisions/new"},
	"/manage/groups/{id}/decisions/{decision}":        {"/manage/groups/[group]/decisions/[decision]", "/manage/groups/[group]/decisions/nothing", "/manage/groups/[partner]/decisions/[decision]"},
	"/manage/groups/{id}/decisions/{decision}/delete": {"/manage/groups/[group]/decisions/nothing/delete"},
	"/manage/topics/{id}":                             {"/manage/topics/[topic]", "/manage/topics/nothing"},
	"/manage/topics/{id}/move":                        {"/manage/topics/[topic]/move", "/manage/topics/nothing/move"},
	"/manage/words/{id}":                              {"/manage/words/[words]", "/manage/words/nothing"},
	"/manage/words/{id}/delete":                       {"/manage/words/[words]/delete", "/manage/words/nothing/delete"},
	"/manage/topics/{id}/delete":                      {"/manage/topics/[topic]/delete", "/manage/topics/nothing/delete"},
	"/manage/alike/{one}/{other}":                     {"/manage/alike/[published open]/[published restricted]", "/manage/alike/[published open]/[published private]", "/manage/alike/[published open]/[draft open]", "/manage/alike/nothing/[published open]"},
	"/write/{kind}/{id}/publish":                      {"/write/case-study/[published open]/publish", "/write/case-study/[draft open]/publish", "/write/case-study/nothing/publish"},
	"/review/{id}":                                    {"/review/[in-review open]", "/review/[in-review private]", "/review/[published open]", "/review/nothing"},
	"/approve/{token}":                                {"/approve/nothing"},
	"/join/{token}":                                   {"/join/nothing"},
	"/manage/invitations/{id}/resend":                 {"/manage/invitations/nothing/resend"},
	"/manage/invitations/{id}/revoke":                 {"/manage/invitations/nothing/revoke"},
	"/manage/requests/{id}":                           {"/manage/requests/nothing"},
	"/manage/domains/{id}/remove":                     {"/manage/domains/nothing/remove"},
	"/manage/people/{id}":                             {"/manage/people/[person]", "/manage/people/nothing"},
	"/manage/people/{id}/sign-out":                    {"/manage/people/nothing/sign-out"},
	"/discussions/{id}/posts/{post}":                  {"/discussions/[thread open]/posts/[post open]", "/discussions/[thread restricted]/posts/[post restricted]", "/discussions/[thread private]/posts/[post private]", "/discussions/[thread confidential]/posts/[post confidential]", "/discussions/[thread open]/posts/[post confidential]", "/discussions/[thread open]/posts/nothing"},
	"/discussions/{id}/posts/{post}/history":          {"/discussions/[thread open]/posts/[post open]/history", "/discussions/[thread restricted]/posts/[post restricted]/history", "/discussions/[thread private]/posts/[post private]/history", "/discussions/[thread confidential]/posts/[post confidential]/history", "/discussions/[thread open]/posts/[post confidential]/history", "/discussions/[thread open]/posts/nothing/history"},
	"/discussions/{id}/posts/{post}/edit":             {"/discussions/[thread open]/posts/[post open]/edit", "/discussions/[thread restricted]/posts/[post restricted]/edit", "/discussions/[thread private]/posts/[post private]/edit", "/discussions/[thread confidential]/posts/[post confidential]/edit", "/discussions/[thread open]/posts/[post confidential]/edit", "/discussions/[thread open]/posts/nothing/edit"},
	"/discussions/{id}/posts/{post}/delete":           {"/discussions/[thread open]/posts/[post open]/delete", "/discussions/[thread restricted]/posts/[post restricted]/delete", "/discussions/[thread private]/posts/[post private]/delete", "/discussions/[thread confidential]/posts/[post confidential]/delete", "/discussions/[thread open]/posts/[post confidential]/delete", "/discussions/[thread open]/posts/nothing/delete"},
	"/discussions/{id}/posts/{post}/react":            {"/discussions/[thread open]/posts/[post open]/react", "/discussions/[thread restricted]/posts/[post restricted]/react", "/discussions/[thread private]/posts/[post private]/react", "/discussions/[thread confidential]/posts/[post confidential]/react", "/discussions/[thread open]/posts/[post confidential]/react", "/discussions/[thread open]/posts/nothing/react"},
	"/-/mention":                                      {"/-/mention?thread=[thread open]&q=p", "/-/mention?thread=[thread confidential]&q=p"},
	"/-/live":                                         {"/-/live?topic=thread:[thread open]&since=x", "/-/live?topic=thread:[thread restricted]&since=x", "/-/live?topic=thread:[thread private]&since=x", "/-/live?topic=thread:[thread confidential]&since=x", "/-/live?topic=me&since=x"},
	"/-/seen":                                         {"/-/seen?thread=[thread open]&seq=1", "/-/seen?thread=[thread restricted]&seq=1", "/-/seen?thread=[thread confidential]&seq=1"},
	"/discussions/{id}/moderate":                      {"/discussions/[thread open]/moderate", "/discussions/[thread private]/moderate", "/discussions/nothing/moderate"},
	"/moderate/things/{what}":                         {"/moderate/things/thread:[thread open]", "/moderate/things/thread:[thread restricted]", "/moderate/things/thread:[thread private]", "/moderate/things/thread:[thread confidential]", "/moderate/things/post:nothing", "/moderate/things/nothing"},
	"/moderate/people/{id}":                           {"/moderate/people/[person]", "/moderate/people/nothing"},
	"/report":                                         {"/report", "/report?what=thread:[thread open]", "/report?what=thread:[thread private]", "/report?what=nothing"},
	"/people/{id}":                                    {"/people/[member]", "/people/[other]", "/people/[stranger]", "/people/nothing"},
	"/sign-in/with/{provider}":                        {"/sign-in/with/nothing"},
	"/reset/{token}":                                  {"/reset/nothing"},
	"/me/email/{token}":                               {"/me/email/nothing"},
	"/spaces/{slug}/ask":                              {"/spaces/library/ask", "/spaces/passport-group/ask", "/spaces/programme-board/ask", "/spaces/quiet-room/ask", "/spaces/nothing/ask"},
	"/spaces/{slug}/leave":                            {"/spaces/quiet-room/leave", "/spaces/nothing/leave"},
	"/spaces/{slug}/manage":                           {"/spaces/library/manage", "/spaces/passport-group/manage", "/spaces/programme-board/manage", "/spaces/quiet-room/manage", "/spaces/nothing/manage"},
	"/spaces/{slug}/take-out":                         {"/spaces/library/take-out", "/spaces/programme-board/take-out", "/spaces/quiet-room/take-out", "/spaces/nothing/take-out"},
	"/handbook/{chapter}/booklet":                     {"/handbook/adult-carers/booklet", "/handbook/nothing/booklet"},
	"/in/{place}/handbook/booklet":                    {"/in/leeds/handbook/booklet", "/in/nowhere/handbook/booklet"},
	"/in/{place}/handbook/handbook.html":              {"/in/leeds/handbook/handbook.html"},
	"/in/{place}/handbook/{chapter}/booklet":          {"/in/leeds/handbook/adult-carers/booklet"},
	"/h/{code}":                                       {"/h/22222"},
	"/h/{code}/{place}":                               {"/h/22222/leeds"},
	"/refer/{organisation}":                           {"/refer/carers-in-hertfordshire", "/refer/nobody"},
	"/refer/{organisation}/{carer}/{place}":           {"/refer/carers-in-hertfordshire/young/leeds", "/refer/carers-in-hertfordshire/adult/elsewhere", "/refer/nobody/adult/leeds"},
	"/refer/{organisation}/poster":                    {"/refer/carers-in-hertfordshire/poster", "/refer/nobody/poster"},
	"/refer/{organisation}/card":                      {"/refer/carers-in-hertfordshire/card"},
	"/refer/{organisation}/refer-a-carer.url":         {"/refer/carers-in-hertfordshire/refer-a-carer.url"},
	"/refer/{organisation}/counts":                    {"/refer/carers-in-hertfordshire/counts", "/refer/nobody/counts"},
	"/qr/{path...}":                                   {"/qr/handbook.svg", "/qr/h/22222/leeds.png", "/qr/nothing"},
	"/use/{path...}":                                  {"/use/case-studies/a-passport-that-moves-with-you", "/use/case-studies/a-passport-that-moves-with-you/press-pack.zip", "/use/case-studies/a-draft-of-the-partner", "/use/nothing"},
	"/embed/{path...}":                                {"/embed/case-studies", "/embed/case-studies/a-passport-that-moves-with-you", "/embed/case-studies/a-draft-of-the-partner", "/embed/nothing"},
	"/spaces/{slug}/manage/members":                   {"/spaces/programme-board/manage/members", "/spaces/quiet-room/manage/members"},
	"/spaces/{slug}/manage/requests":                  {"/spaces/programme-board/manage/requests", "/spaces/quiet-room/manage/requests"},
	"/spaces/{slug}/manage/delete":                    {"/spaces/programme-board/manage/delete", "/spaces/quiet-room/manage/delete"},
	"/who":                                            {"/who", "/who?document=[published open]", "/who?document=[published private]", "/who?document=[draft private]", "/who?thread=[thread private]", "/who?thread=[thread confidential]"},
	"/move":                                           {"/move", "/move?document=[published open]", "/move?document=[published private]", "/move?document=[draft private]", "/move?thread=[thread restricted]", "/move?thread=[thread confidential]"},
}

const routesHead = `Every route of the site and what it answers to whom. Written by: go test ./internal/hub -run Routes -update
GET is a reader at a browser. POST is an empty form from the site itself; under /api a program with a token. 303 leads on, to
the sign-in page for those who must sign in first. Words in brackets: a thing in a space of that level.
`

// Every route times every role.
func TestRoutes(t *testing.T) {
	m := newMatrix(t)
	things, slugOrID := m.toVisit()
	m.h.Settle()
	m.out.WriteString(routesHead)
	m.columns("", roles)
	seen := map[string]bool{}
	all := routes(t)
	if len(all) < 40 {
		t.Fatalf("only %d routes found in the source", len(all))
	}
	for _, r := range all {
		if seen[r.method+r.pattern] {
			t.Errorf("%s %s stands in the source twice", r.method, r.pattern)
		}
		seen[r.method+r.pattern] = true
	}
	for _, reading := range []bool{true, false} {
		for _, r := range all {
			if (r.method == "GET" || r.method == "Any") == reading && r.pattern != "/sign-out" {
				m.route(r, things, slugOrID)
			}
		}
	}
	m.route(route{"POST", "/sign-out"}, nil, nil) // the last: nobody is signed in afterwards
	golden(t, filepath.Join("testdata", "routes.txt"), m.out.String())
}

// toVisit makes what the words in brackets stand for; ids has the documents' ids, for addresses that name them by those.
func (m *matrix) toVisit() (things, ids map[string]string) {
	things = map[string]string{}
	for _, l := range levels {
		thread := m.make("threads", map[string]any{"title": m.word(), "space": m.spaces[l.level].Id, "kind": "idea", "author": m.users["other"].Id}).Id
		things["thread "+l.level] = thread
		post := m.make("posts", map[string]any{"thread": thread, "body": m.word(), "author": m.users["other"].Id})
		post.Set("body", m.word()) // it has a history
		m.save(post)
		things["post "+l.level] = post.Id
	}
	ids = map[string]string{}
	for _, l := range levels {
		e := m.event(l.level, event.Published, "other", m.word())
		things["event "+l.level], ids["event "+l.level] = e.GetString("slug"), e.Id
	}
	for _, what := range []string{"published open", "published restricted", "published private", "published confidential", "draft open", "draft private", "in-review open", "in-review private"} {
		state, level, _ := strings.Cut(what, " ")
		d := library.Wrap(m.document("case-study", level, state, "other", m.word()))
		things[what], ids[what] = d.Slug(), d.Id
	}
	for _, level := range []string{"open", "confidential"} {
		things["suggestion "+level] = m.make("suggestions", map[string]any{"document": ids["published "+level], "author": m.users["member"].Id, "base": 1, "state": "open", "content": map[string]any{"title": m.word()}}).Id
	}
	things["partner"], things["place"], things["programme"] = m.org.Id, m.place.Id, m.programme.Id
	for _, level := range []string{"open", "confidential"} {
		template := m.checkTemplate(level, library.Published)
		things["check "+level], things["check template "+level] = m.check(template, check.Shared, "other", m.word()).Id, template.GetString("slug")
	}
	things["check draft"] = m.check(m.checkTemplate("open", library.Published), check.Draft, "other", m.word()).Id
	message := m.message(m.word())
	things["message"], things["champion"], things["champion not shown"] = message.Id, message.GetString("champion"), m.champion("other", m.word(), map[string]any{"shown": false}).Id
	decision := m.h.Record("decisions", "example", "1")
	things["group"], things["decision"], things["topic"] = decision.GetString("group"), decision.Id, m.h.Record("vocabulary", "slug", "carers-passport").Id
	things["words"] = m.make("words", map[string]any{"words": m.word() + ", " + m.word()}).Id
	things["figure"] = m.h.Record("figures", "key", "carers-allowance-week").Id
	things["member"], things["other"], things["person"] = m.users["member"].Id, m.users["other"].Id, m.users["other"].Id
	things["stranger"] = m.stranger().Id
	return things, ids
}

// filled is an address with things in place of the words in brackets.
func filled(address string, things, ids map[string]string) string {
	for what, value := range things {
		if (strings.HasPrefix(address, "/write/") || strings.HasPrefix(address, "/review/") || strings.HasPrefix(address, "/manage/alike/") || strings.Contains(address, "?document=")) && ids[what] != "" {
			value = ids[what]
		}
		address = strings.ReplaceAll(address, "["+what+"]", value)
	}
	return address
}

// visits lists what to ask for by a route.
func (m *matrix) visits(r route) []string {
	list := addresses[r.pattern]
	if list == nil && !strings.Contains(r.pattern, "{") {
		return []string{r.pattern}
	}
	if list == nil {
		m.t.Errorf("%s %s: add to addresses what its parts can be", r.method, r.pattern)
	}
	return list
}

func (m *matrix) route(r route, things, ids map[string]string) {
	for _, address := range m.visits(r) {
		path := filled(address, things, ids)
		method := strings.Replace(r.method, "Any", "GET", 1)
		cells := make([]string, len(roles))
		for i, role := range roles {
			a := m.ask(role, method, path)
			cells[i] = fmt.Sprint(a.Status)
			if a.Status >= 500 {
				m.t.Errorf("%s %s as %s: %d %s", method, path, role, a.Status, a.Body)
			}
		}
		m.columns(method+" "+address, cells)
	}
}

func (m *matrix) ask(role, method, path string) hubtest.Answer {
	if strings.HasPrefix(path, "/api/") {
		if method == http.MethodGet {
			return m.rest(role, method, path+"?q=carer", nil)
		}
		return m.rest(role, method, path, map[string]any{"title": "x", "text": "x", "markdown": "x"})
	}
	if method == http.MethodGet {
		return m.clients[role].Get(path)
	}
	return m.clients[role].Post(path, url.Values{})
}
