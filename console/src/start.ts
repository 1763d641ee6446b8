/**
 * Comes before everything else: asks for what this page will need, so that it is on its way
 * while the rest of the scripts is being run.
 */

import { load, partsAt } from "./pages";
import { lookFirst } from "./session/first_look";

lookFirst(window.location.pathname.startsWith("/console"));
// Whoever shows the part asks again and says what is wrong.
for (const part of partsAt(window.location.pathname)) load[part]().catch(() => undefined);
