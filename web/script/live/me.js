// Joins the topic "me", which is what the bell shows, and goes on from what it showed last.

export function joinMe(ws, bell) {
  ws.send(JSON.stringify({ op: "join", topic: "me", since: +bell.dataset.seq || 0, epoch: bell.dataset.epoch || "" }));
}
