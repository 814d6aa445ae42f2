// Where sockets are blocked on the way, an open page asks now and then: every ten seconds, every minute when nobody looks.
// Ask answers a promise. The socket is tried again meanwhile, by whoever started this.

export function asker(ask) {
  let timer;
  let on = false;
  const now = () => {
    clearTimeout(timer);
    if (!on) return;
    ask().finally(() => {
      clearTimeout(timer);
      if (on) timer = setTimeout(now, document.hidden ? 60000 : 10000);
    });
  };
  document.addEventListener("visibilitychange", () => document.hidden || now());
  return {
    now,
    get on() {
      return on;
    },
    start() {
      if (on) return;
      on = true;
      now();
    },
    stop() {
      on = false;
      clearTimeout(timer);
    },
  };
}
