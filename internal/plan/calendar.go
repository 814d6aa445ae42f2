package plan

// Date is a day of a plan that somebody may want in a calendar. It keeps its id when it moves.
type Date struct {
	ID          string
	On          Day
	Title, Says string
	Address     string // of the goal on the plan's page
}

// Dates are what is still to be done, and by when targets are to be reached.
func Dates(sheets []Sheet) (all []Date) {
	for _, s := range sheets {
		for _, g := range s.Goals {
			add := func(id string, on Day, title, says string) {
				all = append(all, Date{ID: id, On: on, Title: title, Says: says + "\n\n" + s.Title + ": " + g.Title, Address: s.Address + "#" + g.Anchor()})
			}
			for _, a := range g.Actions {
				if !a.Due.IsZero() && a.Status != Done && a.Status != Dropped {
					add(a.ID, a.Due, "Due: "+a.Title, a.OwnerRole)
				}
			}
			for _, m := range g.Measures {
				if m.Dropped == "" && !m.Target.By.IsZero() && g.Status != Dropped {
					add(m.ID, m.Target.By, "Target: "+m.Title, m.Said())
				}
			}
		}
	}
	return all
}
