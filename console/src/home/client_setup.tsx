/** How clients get to this server: commands that can be copied as they are. */

import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useQuery } from "@tanstack/react-query";

import { Code } from "../parts/code";
import { useSigned } from "../session/provider";
import { setups } from "./setups";

/** The panel; the address is the one that this browser came by. */
export function ClientSetup() {
  const { session } = useSigned();
  const { origin, protocol } = window.location;
  const isSecure = protocol === "https:";
  const authority = useQuery({
    queryKey: ["authority"],
    enabled: isSecure,
    queryFn: async () => (await fetch("/_kinora/ca.pem")).ok,
    staleTime: Infinity,
    retry: false,
  });
  const hasOwnAuthority = authority.data === true;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Every AWS SDK, the AWS CLI and KVS producers work with this server once they know its address."
        >
          Connect a client
        </Header>
      }
    >
      <SpaceBetween size="s">
        <Tabs
          ariaLabel="Kinds of clients"
          tabs={setups({ origin, region: session.region, hasOwnAuthority }).map(({ id, label, text }) => ({
            id,
            label,
            content: <Code label={label} text={text} />,
          }))}
        />
        {hasOwnAuthority && (
          <Box variant="small">
            This server’s certificate comes of its own authority: <Link href="/_kinora/ca.pem">ca.pem</Link>.
            Compare it with the operator’s file before you trust it.
          </Box>
        )}
      </SpaceBetween>
    </Container>
  );
}
