/** The pages of signing in. */

import { SignIn } from "./signin";

/** The page of an address below `/signin`. */
export function Component() {
  return <SignIn />;
}
