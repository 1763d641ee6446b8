import { expect, it } from "vitest";

import { accessKeyFile, passwordFile } from "./files";

it("names an access key's file as AWS does", () => {
  expect(accessKeyFile("Administrator", "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")).toEqual({
    name: "Administrator_accessKeys.csv",
    type: "text/csv;charset=utf-8",
    text:
      "\uFEFFAccess key ID,Secret access key\r\n" +
      "AKIDEXAMPLE,wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\r\n",
  });
  expect(accessKeyFile(undefined, "AKIDEXAMPLE", "s").name).toBe("rootkey.csv");
});

it("quotes what has separators in it", () => {
  const file = passwordFile("ann,b", 'a"b', "http://localhost/signin/1");
  expect(file.name).toBe("ann,b_credentials.csv");
  expect(file.text).toBe(
    '\uFEFFUser name,Password,Console sign-in URL\r\n"ann,b","a""b",http://localhost/signin/1\r\n',
  );
});
