/**
 * The code editor, with what it would otherwise fetch by itself while running. Loaded by
 * `JsonEditor` alone and lazily. Its styles come from our bundle, as the page lets nobody
 * insert any.
 */

import "ace-builds/css/ace.css";
import "ace-builds/css/theme/cloud_editor.css";
import "ace-builds/css/theme/cloud_editor_dark.css";
import "./ace.css";

import ace from "ace-builds";
import "ace-builds/src-noconflict/ext-language_tools";
import "ace-builds/src-noconflict/ext-prompt";
import "ace-builds/src-noconflict/ext-searchbox";
import "ace-builds/src-noconflict/mode-json";
import "ace-builds/src-noconflict/theme-cloud_editor";
import "ace-builds/src-noconflict/theme-cloud_editor_dark";

ace.config.set("useStrictCSP", true);

export { ace };
