/** This service's pages. */

import { Route, Routes } from "react-router";

import { Component as Missing } from "../shell/missing";

/** The page of an address below this service's folder. */
export function Component() {
  return (
    <Routes>
      <Route path="*" element={<Missing />} />
    </Routes>
  );
}
