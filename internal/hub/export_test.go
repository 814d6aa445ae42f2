package hub

// What tests see of the inside.
var Settle = settleDatabase

// Retain is the nightly job.
func (h *Hub) Retain() error { return h.retain() }
