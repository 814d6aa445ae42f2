package library

// ActionPlan is the text of a plan; its goals, measures and actions are rows of package plan.
const ActionPlan Kind = "action-plan"

var actionPlan = rules{
	word: "action plan", plural: "Plans", base: "/plans", prefix: "ap",
	publish: []need{{"summary", "Give a summary: what the plan promises, in one or two sentences."}},
}
