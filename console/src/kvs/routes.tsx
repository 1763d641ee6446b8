/** This service's pages. */

import { Navigate, Route, Routes } from "react-router";

import { Component as Missing } from "../shell/missing";
import { CreateStream } from "./create_stream";
import { StreamPage } from "./stream_page";
import { Streams } from "./streams";

/** The page of an address below this service's folder. */
export function Component() {
  return (
    <Routes>
      <Route index element={<Navigate replace to="/console/kinesisvideo/streams" />} />
      <Route path="streams" element={<Streams />} />
      <Route path="streams/:name" element={<StreamPage />} />
      <Route path="streams/:name/:tab" element={<StreamPage />} />
      <Route path="create" element={<CreateStream />} />
      <Route path="*" element={<Missing />} />
    </Routes>
  );
}
