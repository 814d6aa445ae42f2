// Package content is what an empty hub is filled with: the carers' handbook, case studies, action plans, glossary,
// templates, the site's own pages, and the lists and figures they draw on. It owns the shipped files and nothing else;
// package intake loads them, the database is the truth from then on.
//
// # The files
//
//	site.yaml                     name, partnerships, places, councils, partners, groups with decisions, audiences, topics,
//	                              programmes, chapters, helplines
//	figures.yaml                  every dated number once
//	places/<place>.yaml           local answers of one place, each with its source and the day it was seen;
//	                              a hospital fact that names its hospital also has visiting, passport and parking
//	handbook/<chapter>/<slug>.md  one page each
//	case-studies/<slug>.md        good practice
//	guidance/<slug>.md            other pages for professionals
//	action-plans/<slug>.md        plans, their goals, measures, readings and actions in the front matter
//	glossary/<slug>.md            one term each
//	templates/<slug>.md           forms to fill in or print
//	pages/<slug>.md               about, privacy, cookies, accessibility, how-we-moderate, terms, how-the-handbook-is-made,
//	                              reading-in-private: served at /<slug>
//
// A file's slug and, for the handbook, its chapter are its path. Its id never changes.
//
// # Front matter
//
// Every Markdown file carries schema: 1, id, type, title, summary, state, space, audience, topics, owner_role,
// last_reviewed, review_due and sources; its kind adds its own fields:
//
//	handbook     chapter, order, country, urgent, next_step {label, url}, figures, related
//	case-study   evidence, organisation, system_type, partners, places, programmes, population, period, award,
//	             challenge, action, result rows, cautions, contact_role, involvement_grade, tried_stopped
//	guidance     country, figures, related
//	action-plan  evidence, illustrative_note, places, period, board_sponsor_role, coproduced_with, review_every, goals, updates
//	glossary     term, short, also, see
//	template     template_kind, fields, prints_to_one_page
//
// # Bodies
//
// GitHub's Markdown without raw HTML; headings start at the second level, because the title is the first. Besides that:
//
//	> [!NOTE] A title      a callout: NOTE, TIP, IMPORTANT, WARNING or URGENT; the title is optional
//	{{figure KEY}}         a number of figures.yaml, written out with its unit when the page is served
//	{{local KEY}}          alone in a paragraph: the local answer of the reader's place
//
// The tests of this package hold the rules that every file obeys.
package content

import "embed"

// FS holds the shipped files under the paths named above.
//
//go:embed all:action-plans all:case-studies all:glossary all:guidance all:handbook all:pages all:places all:templates figures.yaml site.yaml
var FS embed.FS
