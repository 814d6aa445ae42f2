package intake

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// decoded reads a text in the encodings in which programs save: UTF-8, UTF-16 with its mark, else that of old Windows.
func decoded(raw []byte) string {
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
		if s, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(raw); err == nil {
			return lines(string(s))
		}
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(raw) {
		if s, err := charmap.Windows1252.NewDecoder().Bytes(raw); err == nil {
			raw = s
		}
	}
	return lines(strings.ToValidUTF8(string(raw), string(utf8.RuneError)))
}

func lines(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.ReplaceAll(s, "\x00", "")
}

var (
	textBullet = regexp.MustCompile(`^[ \t\x{00a0}]*(?:[•·◦▪‣●○–—*+-]|o\t)[ \t\x{00a0}]+(\S.*)$`)
	textNumber = regexp.MustCompile(`^[ \t\x{00a0}]*(\d{1,3})[.)][ \t\x{00a0}]+(\S.*)$`)
	textMeant  = regexp.MustCompile("[\\\\`*_<\\[\\]~|]")
	withinWord = regexp.MustCompile(`(\w)\\_(\w)`) // where the sign means nothing
	lineStart  = regexp.MustCompile(`^(#{1,6}|>|\+|-|=+|\d+[.)])([ \t]|$)`)
	postedOn   = regexp.MustCompile(`(?i)^(?:posted|published|date)(?: on)?:?[ \t]+(.+)$`)
)

// markdownOf makes Markdown of a plain text: its bullets become lists, and no other sign means anything.
func markdownOf(text string) string {
	var out strings.Builder
	was := "" // what the line before was: a point of a list, words, or nothing
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, " \t\u00a0\f\v")
		is := "words"
		bullet, number := textBullet.FindStringSubmatch(line), textNumber.FindStringSubmatch(line)
		switch {
		case line == "":
			is = ""
		case bullet != nil:
			is, line = "point", "- "+literal(bullet[1])
		case number != nil:
			is, line = "point", number[1]+". "+literal(number[2])
		default:
			line = literal(strings.TrimLeft(line, " \t\u00a0"))
			if was == "words" && standsAlone(line) {
				out.WriteString("\n")
			}
		}
		if is == "words" && was == "point" || is == "point" && was == "words" {
			out.WriteString("\n")
		}
		out.WriteString(line + "\n")
		was = is
	}
	return strings.TrimSpace(manyLines.ReplaceAllString(out.String(), "\n\n")) + "\n"
}

// standsAlone says whether a line begins a part of a case study without an empty line before it.
func standsAlone(line string) bool { return studyPart(line) != "" }

// literal writes a line of plain text so that Markdown shows it as it stands. Addresses keep their signs.
func literal(line string) string {
	words := strings.Split(line, " ")
	for i, w := range words {
		if strings.Contains(w, "://") || strings.HasPrefix(w, "www.") || strings.Contains(w, "@") && !strings.ContainsAny(w, "<[") {
			continue
		}
		words[i] = withinWord.ReplaceAllString(textMeant.ReplaceAllString(w, `\$0`), "${1}_$2")
	}
	line = strings.Join(words, " ")
	if lineStart.MatchString(line) {
		return `\` + line
	}
	return line
}
