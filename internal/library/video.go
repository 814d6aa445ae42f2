package library

import (
	"fmt"
	"net/url"
	"strings"

	validation "github.com/pocketbase/ozzo-validation/v4"
)

// describesVideos says what keeps the document from going out: a video that leads nowhere, or of which nobody who cannot
// hear or load it would know anything.
func (d *Document) describesVideos() error {
	if d.State() != Published && d.State() != InReview {
		return nil
	}
	for i, v := range d.Meta().Videos {
		name := v.Title
		if name == "" {
			name = fmt.Sprint(i + 1)
		}
		say := func(sentence string) error {
			return validation.Errors{"videos": validation.NewError("validation_required", fmt.Sprintf(sentence, name))}
		}
		address, err := url.Parse(v.URL)
		switch {
		case err != nil || address.Scheme != "https" || address.Host == "":
			return say("Give the video “%s” its address, beginning with https://.")
		case v.Title == "":
			return say("Give video %s a title.")
		case strings.TrimSpace(v.Transcript) == "":
			return say("Write down what is said in the video “%s”. A page with a video goes out with its transcript only.")
		}
	}
	return nil
}

// saidInVideos is what search reads of the videos.
func (d *Document) saidInVideos() []string {
	var words []string
	for _, v := range d.Meta().Videos {
		words = append(words, v.Title, v.Transcript)
	}
	return words
}
