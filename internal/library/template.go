package library

// Template is a form to fill in or print.
const Template Kind = "template"

var template = rules{word: "template", plural: "Templates", base: "/templates", prefix: "tp"}
