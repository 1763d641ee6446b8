/** For who is here by mistake. */

import { Link } from "../parts/link";

/** The way to the sign-in page, below every step. */
export function ToSignIn() {
  return (
    <div>
      Have an account already? <Link href="/signin">Sign in</Link>
    </div>
  );
}
