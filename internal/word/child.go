package word

import (
	"encoding/gob"
	"errors"
	"io"
	"time"

	"commonplace/internal/child"
)

// Work reads one Word file in a child process and says what is in it.
var Work = child.Work{
	Name: "convert-word", Memory: 700 << 20, CPU: 30, Within: 90 * time.Second, Bytes: MaxFile, Answer: maxAnswer,
	Do: func(raw []byte, _ []string, out io.Writer) error { return gob.NewEncoder(out).Encode(convert(raw)) },
}

// answer is what the child sends back.
type answer struct {
	Document Document
	Refusal  string
}

func convert(raw []byte) answer {
	p, err := unpack(raw)
	if err == nil {
		var d Document
		if d, err = p.convert(); err == nil {
			return answer{Document: d}
		}
	}
	var why Refusal
	if errors.As(err, &why) {
		return answer{Refusal: string(why)}
	}
	return answer{Refusal: "It cannot be read: " + err.Error()}
}
