/** Where one lands after signing in. */

import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";

import { Link } from "../parts/link";
import { useSigned } from "../session/provider";

/** The console's first page. */
export function Home() {
  const { session } = useSigned();
  return (
    <ContentLayout header={<Header variant="h1">Welcome, {session.userName ?? session.accountName}</Header>}>
      <Link href="/console/kinesisvideo/streams">Video streams</Link>
    </ContentLayout>
  );
}
