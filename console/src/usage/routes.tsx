/** The pages of usage. */

import { Route, Routes } from "react-router";

import { Component as Missing } from "../shell/missing";
import { UsagePage } from "./usage";

/** The page of an address below `/console/usage`. */
export function Component() {
  return (
    <Routes>
      <Route index element={<UsagePage />} />
      <Route path="*" element={<Missing />} />
    </Routes>
  );
}
