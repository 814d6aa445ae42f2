package member_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"
)

// TestLists reads what people paste and what spreadsheets save.
func TestLists(t *testing.T) {
	const ann, bob = "ann@example.org|Ann Ämter|lead|Leeds partner|a; b", "bob@example.org|Bob|||"
	for what, raw := range map[string]string{
		"commas":            "Name,Email,Role,Organisation,Spaces\nAnn Ämter,ann@example.org,lead,Leeds partner,a; b\nBob,bob@example.org,,,\n",
		"semicolons":        "E-mail address;Full name;Groups;Employer;Role\r\nann@example.org;Ann Ämter;\"a; b\";Leeds partner;lead\r\nbob@example.org;Bob;;;\r\n",
		"tabs":              "Email\tName\tRole\tOrganisation\tSpaces\nann@example.org\tAnn Ämter\tlead\tLeeds partner\ta; b\nbob@example.org\tBob",
		"a mark":            "\ufeffemail,name,role,organisation,spaces\nann@example.org,Ann Ämter,lead,Leeds partner,a; b\nbob@example.org,Bob",
		"Windows-1252":      "email,name,role,organisation,spaces\r\nann@example.org,Ann \xc4mter,lead,Leeds partner,a; b\r\nbob@example.org,Bob\r\n",
		"UTF-16":            utf16("email\tname\trole\torganisation\tspaces\r\nann@example.org\tAnn Ämter\tlead\tLeeds partner\ta; b\r\nbob@example.org\tBob"),
		"sep":               "sep=;\nemail;name;role;organisation;spaces\nann@example.org;Ann Ämter;lead;Leeds partner;\"a; b\"\nbob@example.org;Bob",
		"other columns":     "Phone,email,Role title,first name,surname,role,organisation,spaces\n0113,ann@example.org,Nurse,Ann,Ämter,lead,Leeds partner,a; b\n,bob@example.org,,Bob",
		"no headings":       "ann@example.org, Ann Ämter, lead, Leeds partner, a; b\nbob@example.org, Bob",
		"the name first":    "Ann Ämter, ann@example.org, lead, Leeds partner, a; b\nBob, bob@example.org",
		"empty rows":        "\n\n,,,,\nemail,name,role,organisation,spaces\n,,,,\nann@example.org,Ann Ämter,lead,Leeds partner,a; b\n\nbob@example.org,Bob,,,\n,,,,\n",
		"spaces everywhere": " Email , Name , Role , Organisation , Spaces \n  ann@example.org ,  Ann   Ämter , lead , Leeds partner , a; b \n bob@example.org , Bob ",
		"quotes":            "\"email\",\"name\",\"role\",\"organisation\",\"spaces\"\n\"ann@example.org\",\"Ann Ämter\",\"lead\",\"Leeds partner\",\"a; b\"\n\"bob@example.org\",\"Bob\"",
	} {
		l, err := member.ReadList([]byte(raw))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if got := said(l.Lines); got != ann+"\n"+bob {
			t.Errorf("%s:\n%s", what, got)
		}
		if again, err := member.ReadList([]byte(member.WriteList(l.Lines))); err != nil || said(again.Lines) != said(l.Lines) {
			t.Errorf("%s, written and read again: %v\n%s", what, err, said(again.Lines))
		}
		if unknown := fmt.Sprint(l.Unknown); (what == "other columns") != (unknown == "[Phone Role title]") {
			t.Errorf("%s: not understood: %s", what, unknown)
		}
	}
	for raw, want := range map[string]string{
		"Ann <ann@example.org>; Bob B <bob@example.org>; c@example.org": "ann@example.org|Ann|||\nbob@example.org|Bob B|||\nc@example.org||||",
		"ann@example.org\nbob@example.org":                              "ann@example.org||||\nbob@example.org||||",
		"ann at example.org":                                            "ann at example.org||||",
	} {
		if l, err := member.ReadList([]byte(raw)); err != nil || said(l.Lines) != want {
			t.Errorf("%q: %v\n%s", raw, err, said(l.Lines))
		}
	}
	for raw, want := range map[string]error{
		"": member.ErrListEmpty, "  \n \n": member.ErrListEmpty, "email,name": member.ErrListEmpty, "PK\x03\x04 a workbook": member.ErrListWords,
		strings.Repeat("a@example.org\n", 501): member.ErrListLong, strings.Repeat("a@example.org\n", 5000): member.ErrListLong, "a\x00b@example.org": member.ErrListWords,
	} {
		if _, err := member.ReadList([]byte(raw)); !errors.Is(err, want) {
			t.Errorf("%.20q: %v", raw, err)
		}
	}
}

func utf16(s string) string {
	out := "\xff\xfe"
	for _, r := range s {
		out += string([]byte{byte(r), byte(r >> 8)})
	}
	return out
}

func said(lines []member.Line) string {
	var out []string
	for _, l := range lines {
		out = append(out, strings.Join([]string{l.Email, l.Name, l.Role, l.Organisation, l.Spaces}, "|"))
	}
	return strings.Join(out, "\n")
}

// TestWhoMayInviteWhom checks lines on behalf of several people.
func TestWhoMayInviteWhom(t *testing.T) {
	h := hubtest.New(t)
	add(t, h.App, "spaces", map[string]any{"slug": "quiet-room", "title": "Quiet room, upstairs", "level": "confidential"})
	who := func(name string) *member.Viewer {
		return viewer(t, h.App, h.Record("users", "email", name+"@example.org"))
	}
	owner := h.Record("users", "email", "member2@example.org")
	add(t, h.App, "memberships", map[string]any{"user": owner.Id, "space": h.Record("spaces", "slug", "quiet-room").Id, "role": "owner"})
	for _, c := range []struct {
		who, line, faults string
	}{
		{"admin", "new@example.com,A,administrator,Leeds partner (example),quiet-room; programme-board", ""},
		{"admin", "new@example.com,A,Programme lead,,\"Quiet room, upstairs\"", ""},
		{"admin", "new@example.com,A,,leeds PARTNER (example),PASSPORT-GROUP / Programme board", ""},
		{"admin", "new@example.com,A,owner,,", "There is no such role"},
		{"admin", "new@example.com,A,,Nowhere,", "no organisation called “Nowhere”"},
		{"admin", "new@example.com,A,,,nowhere", "no space called “nowhere”"},
		{"admin", "new at example.com,A,,,", "not an e-mail address"},
		{"admin", ",A,,,", "no e-mail address"},
		{"admin", "MEMBER@example.org,A,,,", "Already a member."},
		{"admin", "member@example.org,A,lead,,programme-board", "Change the role"},
		{"admin", "member@example.org,A,,,passport-group", "and in the space"},
		{"admin", "member@example.org,A,,,programme-board", ""},
		{"lead", "new@example.com,A,,,", ""},
		{"lead", "new@example.com,A,,,programme-board", ""},
		{"lead", "new@example.com,A,lead,,", "Only administrators"},
		{"lead", "new@example.com,A,,,quiet-room", "no space called “quiet-room”"},
		{"member2", "new@example.com,A,,,quiet-room", ""},
		{"member2", "new@example.com,A,,,", "Choose a space of yours"},
		{"member2", "new@example.com,A,moderator,,quiet-room", "Only administrators"},
		{"member2", "new@example.com,A,,,passport-group", "no space called “passport-group”"},
	} {
		l, err := member.ReadList([]byte(strings.Join(member.Columns, ",") + "\n" + c.line))
		if err != nil {
			t.Fatal(err)
		}
		n, err := member.NewInviting(h.App, who(c.who), l.Lines[0].Email)
		if err != nil {
			t.Fatal(err)
		}
		n.CheckLines(l.Lines, member.Line{})
		got := strings.Join(l.Lines[0].Faults, " ")
		if !strings.Contains(got, c.faults) || (got == "") != (c.faults == "") {
			t.Errorf("%s, %q: %q", c.who, c.line, got)
		}
	}
	for name, may := range map[string]bool{"admin": true, "lead": true, "member2": true, "member": false, "partner": false, "moderator": false} {
		if got, err := member.MayInvite(h.App, who(name)); got != may || err != nil {
			t.Errorf("%s may invite: %v, %v", name, got, err)
		}
	}
	guest, err := member.Guest(h.App)
	if may, _ := member.MayInvite(h.App, guest); err != nil || may || guest.MayAdmit() || guest.MayInviteAs("member", nil) {
		t.Error("a guest invites people", err)
	}
	n, err := member.NewInviting(h.App, who("admin"), "a@example.com")
	if err != nil {
		t.Fatal(err)
	}
	lines := []member.Line{{Email: "a@example.com"}, {Email: "A@example.com "}}
	n.CheckLines(lines, member.Line{Role: "lead", Organisation: "Leeds partner (example)"})
	if len(lines[0].Faults) > 0 || !strings.Contains(strings.Join(lines[1].Faults, ""), "twice") || lines[0].Invite.Role != "lead" || lines[0].Invite.Organisation == "" {
		t.Errorf("%+v", lines)
	}
}
