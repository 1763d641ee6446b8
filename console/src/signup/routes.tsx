/** Not made yet. */

import { Component as Missing } from "../shell/missing";

/** A page to come. */
export const Component = Missing;
