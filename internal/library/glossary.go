package library

// Glossary is one word and what it means.
const Glossary Kind = "glossary"

var glossary = rules{
	word: "glossary term", plural: "Glossary", base: "/glossary", prefix: "gl",
	publish: []need{{"summary", "Say what the word means, in one sentence."}},
}
