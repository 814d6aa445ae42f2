package journal

// SumOf lets tests make a chain of their own.
var SumOf = sumOf
