package hub

import (
	"context"
	"slices"

	"commonplace/internal/intake"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/site"
)

// bringIn imports an upload on behalf of the person whose it is, with the rights that they have at this moment.
func (h *Hub) bringIn(ctx context.Context, job site.ImportJob) (site.ImportReport, error) {
	var report site.ImportReport
	person, err := h.app.FindRecordById("users", job.Person)
	if err != nil {
		return report, err
	}
	v, err := member.For(h.app, person)
	if err != nil {
		return report, err
	}
	r, err := intake.Import(ctx, h.app, job.Source, intake.Options{
		As: library.Kind(job.As), Space: job.Space, DryRun: job.DryRun, Viewer: v, Root: "upload-" + job.Person,
		Keep: func(path string) bool { return slices.Contains(job.Keep, path) }, Read: job.Step,
	})
	for _, f := range r.Files {
		report.Files = append(report.Files, site.ImportFile{Path: f.Path, Outcome: f.Outcome, Title: f.Title, Address: f.Address, Problems: f.Problems, Chrome: f.Chrome})
	}
	return report, err
}
