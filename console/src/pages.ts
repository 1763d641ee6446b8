/** The parts of the console that are loaded when they are first looked at. */

export const load = {
  shell: () => import("./shell/shell"),
  home: () => import("./home/home"),
  iam: () => import("./iam/routes"),
  kvs: () => import("./kvs/routes"),
  usage: () => import("./usage/routes"),
  credentials: () => import("./iam/own_credentials"),
  licences: () => import("./licences/licences"),
  play: () => import("./kvs/play"),
  signIn: () => import("./signin/routes"),
  signUp: () => import("./signup/routes"),
  missing: () => import("./shell/missing"),
};

/** What the page at an address is made of, as far as its first words tell. */
export function partsAt(path: string): (keyof typeof load)[] {
  const [first, second] = path.split("/").filter((part) => part !== "");
  if (first === "signin") return ["signIn"];
  if (first === "signup") return ["signUp"];
  if (first !== "console") return [];
  switch (second) {
    case undefined:
      return ["shell", "home"];
    case "iam":
      return ["shell", "iam"];
    case "kinesisvideo":
      return ["shell", "kvs"];
    case "usage":
      return ["shell", "usage"];
    case "play":
      return ["play"];
    default:
      return ["shell"];
  }
}
