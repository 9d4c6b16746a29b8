"""The npm package under Node: the answers, pictures and errors are the native ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from cpp_builds import find_tool, run
from web_builds import build_web, write_cases


@pytest.fixture(scope="module")
def web(tmp_path_factory) -> Path:
    return build_web(tmp_path_factory.mktemp("web"))


def test_the_package_answers_as_native_dslite_does(web, tmp_path):
    cases = write_cases(tmp_path / "cases")
    run("node", "--test", web / "test" / "api.test.mjs", environment={"DSLITE_WEB_CASES": str(cases)})


def test_types_are_declared_for_all_that_is_public(web):
    use = web / "use.ts"
    use.write_text(
        "import {Model, imageData, type Answer} from 'dslite';\n"
        "const model = await Model.open(new Uint8Array(), {name: 'm'});\n"
        "const {answers} = await model.predict(new Float32Array(), 44100);\n"
        "const label: string | null = (answers[0] satisfies Answer).label;\n"
        "const stream = await model.stream(48000, {channels: 2, pictures: true});\n"
        "const pixels = imageData(await model.picture(new Float32Array()));\n"
        "console.log(label, (await stream.finish()).events, (await model.verify())[0].agrees, pixels.data);\n"
    )
    options = ["--module", "nodenext", "--target", "es2022", "--strict", "--noEmit", "--skipLibCheck"]
    tsc = web / "node_modules" / "typescript" / "bin" / "tsc"
    run(find_tool("node") or "node", tsc, *options, use)
