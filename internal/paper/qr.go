package paper

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the white margin round a code, in modules; scanners want four.
const quiet = 4

// QR is an address that a phone reads off paper.
type QR struct{ code *qr.Code }

// Encode makes a code that can still be read when a sixth of it is smudged.
func Encode(address string) (QR, error) {
	code, err := qr.Encode(address, qr.M)
	if err != nil {
		return QR{}, fmt.Errorf("paper: %w", err)
	}
	return QR{code}, nil
}

// PNG is the code as a picture, eight pixels a module.
func (q QR) PNG() []byte { return q.code.PNG() }

// SVG is the code as a drawing without a style of its own: one line for each run of black modules. The drawing has no
// words; the address stands beside it.
func (q QR) SVG() string {
	side := q.code.Size + 2*quiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges" aria-hidden="true" focusable="false">`+
		`<path fill="#fff" d="M0 0h%dv%dH0z"/><path stroke="#000" d="%s"/></svg>`, side, side, side, side, q.runs())
}

func (q QR) runs() string {
	var b strings.Builder
	for y := range q.code.Size {
		for x := 0; x < q.code.Size; x++ {
			long := 0
			for q.code.Black(x+long, y) {
				long++
			}
			if long > 0 {
				fmt.Fprintf(&b, "M%d %d.5h%d", x+quiet, y+quiet, long)
				x += long
			}
		}
	}
	return b.String()
}
