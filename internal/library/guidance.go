package library

// Guidance is any other page for professionals; imported pages are guidance unless they say otherwise.
const Guidance Kind = "guidance"

var guidance = rules{word: "guidance page", plural: "Guidance", base: "/guidance", prefix: "gu"}
