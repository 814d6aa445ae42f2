// How far the reader has come in a thread: the number of the last post whose end was on the screen, sent now and then.
// <ol data-thread="ID" data-seen="N"> of <li data-seq>.

const list = document.querySelector("[data-seen]");
let last = list ? +list.dataset.seen : 0;
let timer;

function tell() {
  clearTimeout(timer);
  if (!timer) return;
  timer = 0;
  const form = new URLSearchParams({ thread: list.dataset.thread, seq: last });
  if (!(navigator.sendBeacon && navigator.sendBeacon("/-/seen", form))) fetch("/-/seen", { method: "POST", body: form, credentials: "same-origin" }).catch(() => {});
}

const eyes =
  list &&
  self.IntersectionObserver &&
  new IntersectionObserver((seen) => {
    for (const s of seen) {
      const seq = +s.target.closest("li[data-seq]").dataset.seq;
      if (!s.isIntersecting || !(seq > last)) continue;
      last = seq;
      timer = timer || setTimeout(tell, 1500);
    }
  });

// Watches a post of the thread: its end, for a long one is not read when its beginning is.
export function watch(post) {
  if (eyes && list.contains(post)) eyes.observe(post.lastElementChild);
}

if (eyes) {
  for (const post of list.children) watch(post);
  addEventListener("pagehide", tell);
}
