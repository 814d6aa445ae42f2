package library

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// The working of a figure is a sum over numbers and the keys of other figures, such as "wyh-carers-2018 x 19,000". Go's own
// parser reads it and exact fractions reckon it. Its length, its signs and the digits of its numbers are bounded, and there
// is nothing in it that repeats or grows.
const (
	maxWorking = 500
	maxSigns   = 60
)

// Sum is a working that was reckoned.
type Sum struct {
	Parts []SumPart
	Value *big.Rat
}

// SumPart is a number, a figure or a sign of a working.
type SumPart struct {
	Text string // a number or a sign as people write it; the figure's key
	Key  string // of a figure
}

var sumToken = regexp.MustCompile(`^(?:\s+|(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(\s*%)?|([a-z][a-z0-9_-]*)|([-+*/()×÷−]))`)

// signs are how people write what Go reads.
var signs = map[string]string{"*": "×", "x": "×", "×": "×", "/": "÷", "÷": "÷", "-": "−", "−": "−", "+": "+", "(": "(", ")": ")"}

var goSigns = map[string]string{"×": "*", "÷": "/", "−": "-", "+": "+", "(": "(", ")": ")"}

// Reckon works a sum out. value is what a figure is worth, by key.
func Reckon(working string, value func(key string) (float64, bool)) (Sum, error) {
	var s Sum
	if len(working) > maxWorking {
		return s, fmt.Errorf("the working is longer than %d characters", maxWorking)
	}
	var source strings.Builder
	figures := map[string]*big.Rat{}
	for rest := strings.TrimSpace(working); rest != ""; {
		m := sumToken.FindStringSubmatch(rest)
		if m == nil {
			return s, fmt.Errorf("“%s” is no number, figure or sign", firstWord(rest))
		}
		rest = rest[len(m[0]):]
		switch number, percent, word, sign := m[1], m[2], m[3], m[4]; {
		case number != "":
			plain := strings.ReplaceAll(number, ",", "")
			if len(plain) > 20 {
				return s, fmt.Errorf("%s is too long a number", number)
			}
			if strings.TrimSpace(percent) != "" {
				plain, number = "("+plain+"/100)", number+"%"
			}
			source.WriteString(" " + plain + " ")
			s.Parts = append(s.Parts, SumPart{Text: grouped(number)})
		case word == "x" || sign != "":
			s.Parts = append(s.Parts, SumPart{Text: signs[word+sign]})
			source.WriteString(" " + goSigns[signs[word+sign]] + " ")
		case word != "":
			v, known := value(word)
			r, ok := new(big.Rat).SetString(strconv.FormatFloat(v, 'f', -1, 64))
			if !known || !ok {
				return s, fmt.Errorf("there is no figure “%s”", word)
			}
			name := fmt.Sprint("f", len(figures))
			figures[name] = r
			s.Parts = append(s.Parts, SumPart{Text: word, Key: word})
			source.WriteString(" " + name + " ")
		}
		if len(s.Parts) > maxSigns {
			return s, fmt.Errorf("the working has more than %d numbers and signs", maxSigns)
		}
	}
	tree, err := parser.ParseExpr(source.String())
	if err != nil {
		return s, errors.New("the working is no sum: look for a sign or a number that is missing")
	}
	s.Value, err = reckon(tree, figures)
	return s, err
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return clip(word, 20)
}

// reckon works a tree out, and refuses all that is no arithmetic.
func reckon(e ast.Expr, figures map[string]*big.Rat) (*big.Rat, error) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return reckon(e.X, figures)
	case *ast.BasicLit:
		if r, ok := new(big.Rat).SetString(e.Value); ok && e.Kind != token.STRING {
			return r, nil
		}
	case *ast.Ident:
		if r := figures[e.Name]; r != nil {
			return r, nil
		}
	case *ast.UnaryExpr:
		x, err := reckon(e.X, figures)
		if err == nil && e.Op == token.SUB {
			return new(big.Rat).Neg(x), nil
		}
	case *ast.BinaryExpr:
		return reckonPair(e, figures)
	}
	return nil, errors.New("the working is no sum")
}

func reckonPair(e *ast.BinaryExpr, figures map[string]*big.Rat) (*big.Rat, error) {
	x, err := reckon(e.X, figures)
	if err != nil {
		return nil, err
	}
	y, err := reckon(e.Y, figures)
	if err != nil {
		return nil, err
	}
	r := new(big.Rat)
	switch e.Op {
	case token.ADD:
		return r.Add(x, y), nil
	case token.SUB:
		return r.Sub(x, y), nil
	case token.MUL:
		return r.Mul(x, y), nil
	case token.QUO:
		if y.Sign() == 0 {
			return nil, errors.New("the working divides by nothing")
		}
		return r.Quo(x, y), nil
	}
	return nil, errors.New("the working is no sum")
}

// Agrees says whether the sum comes to a value, as exactly as the value is given: 4,678,265 comes to 4,700,000, and
// 4,940,000,000 does not come to 4,300,000,000.
func (s Sum) Agrees(value float64) bool {
	if s.Value == nil {
		return false
	}
	digits := strconv.FormatFloat(value, 'f', -1, 64)
	said, ok := new(big.Rat).SetString(digits)
	if !ok {
		return false
	}
	places := 0
	if _, decimals, has := strings.Cut(digits, "."); has {
		places = len(decimals)
	} else if trimmed := strings.TrimRight(digits, "0"); trimmed != "" && trimmed != "-" {
		places = len(trimmed) - len(digits)
	}
	return rounded(s.Value, places).Cmp(said) == 0
}

// rounded is a number to so many decimal places; with fewer than none, to tens, hundreds and so on.
func rounded(r *big.Rat, places int) *big.Rat {
	ten := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(places, -places))), nil))
	if places < 0 {
		ten.Inv(ten)
	}
	whole, _ := new(big.Rat).SetString(new(big.Rat).Mul(r, ten).FloatString(0))
	return whole.Quo(whole, ten)
}

// Difference is by how much a value is more than what the sum comes to.
func (s Sum) Difference(value float64) *big.Rat {
	said, ok := new(big.Rat).SetString(strconv.FormatFloat(value, 'f', -1, 64))
	if !ok || s.Value == nil {
		return new(big.Rat)
	}
	return said.Sub(said, s.Value)
}

// Rat is a value as an exact number.
func Rat(value float64) *big.Rat {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(value, 'f', -1, 64))
	if !ok {
		return new(big.Rat)
	}
	return r
}

// Amount writes a number in a unit the way people do: "£4.94 billion" and "260,000 people".
func Amount(r *big.Rat, unit string) string {
	sign := ""
	if r.Sign() < 0 {
		sign, r = "−", new(big.Rat).Neg(r)
	}
	said := ""
	for _, size := range []struct {
		zeros int
		word  string
	}{{9, " billion"}, {6, " million"}} {
		of := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(size.zeros)), nil))
		if r.Cmp(of) >= 0 {
			said = trimZeros(rounded(new(big.Rat).Quo(r, of), 2).FloatString(2)) + size.word
			break
		}
	}
	if said == "" {
		said = grouped(trimZeros(rounded(r, 2).FloatString(2)))
	}
	money, isMoney := strings.CutPrefix(unit, "GBP")
	if isMoney && strings.Contains(said, ".") && !strings.Contains(said, " ") {
		said = grouped(r.FloatString(2)) // pence have two figures
	}
	percent, isPercent := strings.CutPrefix(unit, "%")
	switch {
	case isMoney:
		return sign + "£" + said + money
	case isPercent:
		return sign + said + "%" + percent
	}
	return strings.TrimSpace(sign + said + " " + unit)
}

// Exact writes a number with all its digits, two behind the point at most: "4,940,000,000".
func Exact(r *big.Rat) string {
	s := r.FloatString(2)
	minus := strings.HasPrefix(s, "-")
	s = grouped(trimZeros(strings.TrimPrefix(s, "-")))
	if minus {
		return "−" + s
	}
	return s
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// grouped sets commas between the thousands of a number.
func grouped(number string) string {
	number = strings.ReplaceAll(number, ",", "")
	end := strings.IndexFunc(number, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(number)
	}
	whole, rest := number[:end], number[end:]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole + rest
}
