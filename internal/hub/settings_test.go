package hub_test

import (
	"slices"
	"testing"

	"commonplace/internal/hub"
	"commonplace/internal/hubtest"

	"github.com/pocketbase/pocketbase/core"
)

// TestTheEnvironmentOutlivesTheStoredSettings lays the proxy's header and the limits over what is stored, again whenever
// somebody saves the settings.
func TestTheEnvironmentOutlivesTheStoredSettings(t *testing.T) {
	h := hubtest.New(t, hubtest.With(func(c *hub.Config) { c.ProxyHeader, c.Limits = "X-Real-Ip", false }))
	decided := func() {
		t.Helper()
		s := h.App.Settings()
		if !slices.Equal(s.TrustedProxy.Headers, []string{"X-Real-Ip"}) || s.TrustedProxy.UseLeftmostIP {
			t.Errorf("the trusted proxy is %+v", s.TrustedProxy)
		}
		if s.RateLimits.Enabled {
			t.Error("the limits are on")
		}
	}
	decided()
	other, err := h.App.Settings().Clone()
	if err != nil {
		t.Fatal(err)
	}
	other.Meta.AppName, other.TrustedProxy.Headers, other.RateLimits.Enabled = "Elsewhere", []string{"X-Other"}, true
	if err := h.App.Save(other); err != nil {
		t.Fatal(err)
	}
	if h.App.Settings().Meta.AppName != "Elsewhere" {
		t.Error("the other settings were not taken")
	}
	decided()
}

// TestOperatorsNeedASecondFactor everywhere but in the demonstration, whose password everybody knows.
func TestOperatorsNeedASecondFactor(t *testing.T) {
	for name, h := range map[string]*hubtest.Hub{"a hub": hubtest.New(t, hubtest.Empty()), "the demonstration": hubtest.New(t)} {
		c, err := h.App.FindCollectionByNameOrId(core.CollectionNameSuperusers)
		if err != nil {
			t.Fatal(err)
		}
		if needed := name == "a hub"; c.MFA.Enabled != needed {
			t.Errorf("%s: a second factor is asked for: %v", name, c.MFA.Enabled)
		}
	}
}
