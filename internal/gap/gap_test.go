package gap

import "testing"

func TestClean(t *testing.T) {
	for asked, want := range map[string]string{
		"respite weekends": "respite weekends", "  Respite   WEEKENDS? ": "respite weekends", "carers' café": "carers' café", "co-production": "co-production",
		"Sleep apnoea": "sleep apnoea", "EQIA training": "eqia training",

		"Jane Smith": "", "john smith": "", "help for mary-ann": "", "dr patel surgery": "", "Priya's mum": "", "Oakfield Grove": "", // the last could be anything
		"my mum at 12 oak street": "", "ls1 4ap": "", "07700 900123": "", "a@example.org": "", "943 476 5919": "", "born 1 2 1950": "",
		"ab": "", "": "", "zebra 7": "", "https://example.org": "", "place:leeds": "", `"exact words"`: "", "<script>": "", "a\x00b\xff": "",
		"one two three four five six seven": "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": "",
	} {
		if got := Clean(asked); got != want {
			t.Errorf("%q is counted as %q, not %q", asked, got, want)
		}
	}
}

func TestAsker(t *testing.T) {
	same := [][2]string{{"192.0.2.1", "::ffff:192.0.2.1"}, {"2001:db8::1", "2001:db8::ffff"}}
	for _, s := range same {
		if Asker("", s[0]) != Asker("", s[1]) {
			t.Errorf("%v are told apart", s)
		}
	}
	if Asker("", "192.0.2.1") == Asker("", "192.0.2.2") || Asker("", "2001:db8::1") == Asker("", "2001:db8:0:1::1") || Asker("a", "192.0.2.1") == Asker("b", "192.0.2.1") {
		t.Error("different ones are the same")
	}
}
