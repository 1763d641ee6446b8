/** The frame of the pages before one is signed in: a calm column with the mark above. */

import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useEffect } from "react";
import type { ReactNode } from "react";

import mark from "../kinora.svg";

import "./frame.css";

interface Props {
  title: string;
  /** What the page is about, below its title. */
  description?: ReactNode;
  /** Other ways to go, below the box. */
  links?: ReactNode;
  children: ReactNode;
}

/** One box in the middle. */
export function Entrance({ title, description, links, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Kinora`;
  }, [title]);
  return (
    <div className="entrance">
      <header className="entrance-mark">
        <img src={mark} alt="" width="40" height="40" />
        <span>Kinora</span>
      </header>
      <main>
        <Container
          header={
            <Header variant="h1" description={description}>
              {title}
            </Header>
          }
        >
          {children}
        </Container>
        {links && (
          <Box textAlign="center" padding={{ top: "l" }}>
            {links}
          </Box>
        )}
      </main>
      <footer>
        <Box variant="small" textAlign="center" display="block">
          Kinora speaks the API of Amazon Kinesis Video Streams. It is a project of its own: not
          made, run or endorsed by Amazon Web Services.
        </Box>
      </footer>
    </div>
  );
}
