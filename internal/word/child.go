package word

import (
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

// The child's memory and time: the collector works ever harder below the first figure, the system refuses more than the
// second and ends it after the third.
const (
	softMemory = 560 << 20
	hardMemory = 700 << 20
	mostWork   = 30 // seconds of a processor
)

// Child is the child process: it reads one Word file, says what is in it and ends, at once when nobody waits any more.
// It returns the exit code.
func Child(in io.Reader, out io.Writer) int {
	debug.SetMemoryLimit(softMemory)
	if err := limitSelf(hardMemory, mostWork); err != nil {
		fmt.Fprintln(os.Stderr, "memory and time cannot be bounded:", err)
		return 1
	}
	raw, err := receive(in)
	if err != nil {
		fmt.Fprintln(os.Stderr, "the file did not arrive:", err)
		return 1
	}
	go func() { // the parent writes nothing more: this returns when it is gone
		io.Copy(io.Discard, in)
		os.Exit(1)
	}()
	if err := gob.NewEncoder(out).Encode(convert(raw)); err != nil {
		fmt.Fprintln(os.Stderr, "the answer was not taken:", err)
		return 1
	}
	return 0
}

func receive(in io.Reader) ([]byte, error) {
	var size uint64
	if err := binary.Read(in, binary.BigEndian, &size); err != nil {
		return nil, err
	}
	if size > MaxFile {
		return nil, errors.New("it is too long")
	}
	raw := make([]byte, size)
	_, err := io.ReadFull(in, raw)
	return raw, err
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
