package library

// SitePage is a page of the site itself, such as about or privacy.
const SitePage Kind = "page"

var sitePage = rules{word: "page", plural: "Pages", base: "/", prefix: "pg"}
