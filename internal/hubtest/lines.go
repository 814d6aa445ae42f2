package hubtest

// LinesLess are the lines of one text that the other has fewer of, in their order.
func LinesLess(one, other []string) (lines []string) {
	has := map[string]int{}
	for _, l := range other {
		has[l]++
	}
	for _, l := range one {
		if has[l]--; has[l] < 0 {
			lines = append(lines, l)
		}
	}
	return lines
}
