// What phones get in place of the worker when saving is switched off: it takes the copy and itself away.
import { forget } from "./offline/kept.js";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(forget()));
