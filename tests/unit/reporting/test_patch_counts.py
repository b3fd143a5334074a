"""The table of patches: whole volumes one by one, and the patches of each kind together."""

from dlia.reporting.patch_counts import patch_counts

HEAD = "variants,patch,part,kind,volume,slices,patches,voxels_A,share_A\n"


def rows_of(tmp_path, text: str) -> list[list[str]]:
    path = tmp_path / "patches.csv"
    path.write_text(HEAD + text, encoding="utf-8")
    return [[cell.words for cell in row.cells] for row in patch_counts("p", path, ["A"]).rows]


def test_volumes_stand_one_by_one_and_patches_together(tmp_path):
    assert rows_of(
        tmp_path,
        "all,none,train,whole volume,P1,4,4,1200,0.25\n"
        "all,none,train,whole volume,all,8,8,2400,0.25\n"
        "a,16,validation,by the rule,P1,2,1579,500,0.3416\n"
        "a,16,validation,by the rule,all,2,1579,500,0.3416\n",
    ) == [
        ["P1", "training", "4", "whole", "1,200 (25.00 %)"],
        ["16x16, by the rule", "validation", "2", "1,579", "500 (34.16 %)"],
    ]


def test_two_rules_of_one_size_are_told_apart_by_their_variants(tmp_path):
    line = "{},8,train,by the rule,all,1,1,1,1\n"
    found = rows_of(tmp_path, line.format("a") + line.format("b"))
    assert [row[0] for row in found] == ["8x8, by the rule (a)", "8x8, by the rule (b)"]
