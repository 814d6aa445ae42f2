package hub

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Config is everything that can be set, read once at the start.
type Config struct {
	Demo         bool   // adds the demo cast and says so on every page
	DemoAnywhere bool   // lets a demo listen beyond loopback
	URL          string // the site's address as the public sees it, such as https://hub.example.org; "" takes it from each request
	Operator     string // where the operators' side listens; "off" for nowhere
	ProxyHeader  string // the header in which a trusted proxy names the client's address
	Limits       bool   // rate and flood limits

	Content fs.FS  // what an empty hub is filled with; nil for nothing
	Version string // of the program

	address string // where the public side listens, for what is printed

	// HoldMail keeps mail in the outbox, for tests that send it themselves.
	HoldMail bool

	// Fault is called at named points where a test may end the process; nil otherwise.
	Fault func(point string)
}

func (c Config) fault(point string) {
	if c.Fault != nil {
		c.Fault(point)
	}
}

// mailBase is the address that links in mails begin with. It never comes from a request, which anybody can write.
func (h *Hub) mailBase() string {
	switch {
	case h.cfg.URL != "":
		return h.cfg.URL
	case h.cfg.address != "":
		return "http://" + h.cfg.address
	}
	return "http://127.0.0.1:8090"
}

// Setting is one entry of the configuration, as the config command prints it.
type Setting struct{ Name, Value, From, Means string }

type setting struct {
	name, standard, means string
	set                   func(*Config, string) error
}

// settings are the variables that are read, with their defaults.
var settings = []setting{
	{"COMMONPLACE_URL", "", "the site's public address; needed behind a proxy", func(c *Config, v string) error {
		if v != "" && !strings.HasPrefix(v, "https://") && !strings.HasPrefix(v, "http://") {
			return fmt.Errorf("must start with https:// or http://")
		}
		c.URL = strings.TrimSuffix(v, "/")
		return nil
	}},
	{"COMMONPLACE_OPERATOR_LISTEN", "127.0.0.1:8091", "where the operators' side listens (dashboard, collections, logs, backups); off for nowhere", func(c *Config, v string) error {
		c.Operator = v
		return nil
	}},
	{"COMMONPLACE_PROXY_HEADER", "", "the header in which a trusted proxy names the client's address, such as X-Forwarded-For", func(c *Config, v string) error {
		c.ProxyHeader = v
		return nil
	}},
	{"COMMONPLACE_LIMITS", "on", "rate and flood limits; off is for measuring, with --demo on loopback only", func(c *Config, v string) error {
		if v != "on" && v != "off" {
			return fmt.Errorf("must be on or off")
		}
		c.Limits = v == "on"
		return nil
	}},
}

// FromEnvironment reads the settings. Its error names the variable.
func FromEnvironment(getenv func(string) string) (Config, error) {
	var c Config
	for _, s := range settings {
		v := getenv(s.name)
		if v == "" {
			v = s.standard
		}
		if err := s.set(&c, v); err != nil {
			return c, fmt.Errorf("%s %w", s.name, err)
		}
	}
	return c, nil
}

// Settings lists every setting with its value and where it came from.
func Settings(getenv func(string) string) []Setting {
	var all []Setting
	for _, s := range settings {
		set := Setting{Name: s.name, Value: getenv(s.name), From: "environment", Means: s.means}
		if set.Value == "" {
			set.Value, set.From = s.standard, "default"
		}
		all = append(all, set)
	}
	return all
}

// unknownSettings names variables that look like settings and are none: most likely typing mistakes.
func unknownSettings(environ []string) []string {
	var unknown []string
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		known := slices.ContainsFunc(settings, func(s setting) bool { return s.name == name })
		if strings.HasPrefix(name, "COMMONPLACE_") && !known {
			unknown = append(unknown, name)
		}
	}
	return unknown
}
