package notify

import (
	"strings"
	"testing"
	"time"
)

// TestOneTemplateTwoForms makes plain text and HTML of one template, and of nobody's words markup.
func TestOneTemplateTwoForms(t *testing.T) {
	subject, text, html, err := write("invitation", map[string]any{
		"Hub": "Commonplace", "Name": "**Al** <b>\r\nBcc: x", "By": "Lee_Lead", "URL": "https://hub.example.org/join/abc", "Until": time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC), "Words": "",
	})
	if err != nil {
		t.Fatal(err)
	}
	if subject != "An invitation to Commonplace" {
		t.Errorf("subject: %q", subject)
	}
	for _, want := range []string{"Hello **Al** <b> Bcc: x,", "Lee_Lead invites", "https://hub.example.org/join/abc", "20 December 2026"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text has no %q:\n%s", want, text)
		}
	}
	for _, want := range []string{"**Al** &lt;b&gt;", `href="https://hub.example.org/join/abc"`} {
		if !strings.Contains(html, want) {
			t.Errorf("the HTML has no %q:\n%s", want, html)
		}
	}
}
