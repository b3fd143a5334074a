"""``dlia new-study``: archives that no study describes become studies that load and plan."""

import argparse
import io
import zipfile

import numpy as np
import own_archives
import pytest
from PIL import Image

from dlia.commands import new_study
from dlia.data import recognition
from dlia.data.splits import split
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError
from dlia.plan.plan import Plan
from dlia.study.config import config_with
from dlia.tasks.studies import load_studies

CASES = [(task, make) for task, makers in own_archives.ALL.items() for make in makers]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder of a build without studies of its own."""
    (tmp_path / "studies").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(archive, name=None):
    """Run the command, and return the study and its text."""
    new_study.run(argparse.Namespace(archive=archive, name=name))
    stem = name or archive.stem
    text = (archive.parents[1] / f"studies/{stem}.yaml").read_text(encoding="utf-8")
    return load_studies([stem], archive.parents[1])[stem], text


def refusal(archive, **named):
    with pytest.raises(UserError) as caught:
        new_study.run(argparse.Namespace(archive=archive, **({"name": None} | named)))
    return str(caught.value)


def images(*names, size=(16, 16), mode="L"):
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, "PNG")
    return dict.fromkeys(names, buffer.getvalue())


@pytest.mark.parametrize(("task", "make"), CASES, ids=lambda each: getattr(each, "__name__", each))
def test_the_study_loads_and_unpacks_its_archive(here, task, make):
    archive = make(here / "data")
    study, _ = write(archive)
    data = study.data
    layout = Layout(
        data.layout_name, tuple(data.size), data.channels, tuple(data.classes), data.layout_options
    )
    pixels, _, ids = decode(archive, layout)
    assert study.task.name == task
    assert set(ids["part"]) >= {"train", "test"}
    assert pixels.shape[1:3] == tuple(data.size)


def test_the_study_is_planned_on_its_archive(here):
    archive = own_archives.letters(here / "data")
    write(archive)
    plan = Plan.read(config_with(["studies=[letters]"], here), here)
    assert plan.archives["letters"].path == "data/letters.zip"
    assert [v.key for _, v in plan.trained_variants()] == ["letters_first/small"]


def test_the_folder_of_an_archive_gives_the_same_study(here):
    archive = own_archives.letters(here / "data", each=6)
    _, text = write(archive)
    (here / "studies/letters.yaml").unlink()
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(here / "data")
    archive.unlink()
    _, of_folder = write(here / "data/letters")
    assert of_folder == text


def test_parts_of_the_archive_are_kept(here):
    names = [f"{p}/{c}/{n}.png" for p in ("Training", "val") for c in "ab" for n in range(5)]
    study, text = write(own_archives.pack(here / "data/pets.zip", images(*names)))
    assert study.data.layout.train.images == "Training/<class>/<name>.png"
    assert study.data.layout.test.images == "val/<class>/<name>.png"
    assert "the validation part is taken as the test part" in text


def test_names_that_begin_alike_are_asked_about(here):
    names = [f"{c}/dog{d}_{n}.png" for c in "ab" for d in range(6) for n in range(3)]
    _, text = write(own_archives.pack(here / "data/pets.zip", images(*names)))
    assert "# ? The names have 6 beginnings" in text
    assert "# group: <series>" in text


def test_whether_masks_that_all_have_the_same_numbers_count_objects_is_asked(here):
    files = {}
    for number in range(12):
        mask = np.zeros((16, 16), np.uint8)
        mask[number, 3:6] = 1, 2, 3
        files[f"images/{number}.png"] = own_archives.encoded(mask + 60)
        files[f"masks/{number}.png"] = own_archives.encoded(mask)
    study, text = write(own_archives.pack(here / "data/cells.zip", files))
    assert study.data.layout.mask == "classes"
    assert "# mask: nonzero" in text


def test_masks_that_number_objects_are_one_class_and_a_question(here):
    files = {}
    for number in range(8):
        mask = np.zeros((16, 16), np.uint8)
        mask[:2, : 1 + number % 3] = range(1, 2 + number % 3)
        files[f"images/{number}.png"] = own_archives.encoded(mask + 60)
        files[f"masks/{number}.png"] = own_archives.encoded(mask)
    study, text = write(own_archives.pack(here / "data/cells.zip", files))
    assert study.data.layout.mask == "nonzero"
    assert "# mask: classes" in text


@pytest.mark.parametrize(("inner", "asked"), [(1, True), (0, False)])
def test_whether_zero_is_no_class_is_asked_of_volumes_with_two_more(here, inner, asked):
    _, text = write(own_archives.volumes(here / "data", inner=inner))
    assert ("Is 0 the background?" in text) == asked


def test_large_images_are_made_smaller_by_a_stated_rule(here):
    names = [f"{c}/{n}.png" for c in "ab" for n in range(6)]
    study, text = write(own_archives.pack(here / "data/pets.zip", images(*names, size=(300, 200))))
    assert study.data.size == [43, 64]
    assert study.data.layout.resize == "bilinear"
    assert "the images have 200x300 pixels" in text


def test_what_a_build_would_refuse_is_said(here):
    names = [f"{c}/{n}.png" for c in "ab" for n in range(6)]
    files = images(*names) | images("a/0.png", mode="RGBA")
    _, text = write(own_archives.pack(here / "data/pets.zip", files))
    assert "? The build will refuse 1 of the files that were looked at" in text


@pytest.mark.parametrize(
    ("few", "folders"),
    [
        ([f"b/{n}.png" for n in range(5)], ["a"]),
        ([f"train/b/{n}.png" for n in range(4)], ["train/a", "test/a", "test/b"]),
    ],
)
def test_classes_that_cannot_be_divided_are_refused_before_a_study_is_written(here, few, folders):
    others = [f"{folder}/{n}.png" for folder in folders for n in range(9)]
    said = refusal(own_archives.pack(here / "data/mine.zip", images(*few, *others)))
    assert f"class b has {len(few)} images for training" in said
    assert not (here / "studies/mine.yaml").exists()


@pytest.mark.parametrize("count", [6, 7])
def test_the_fewest_images_of_a_class_that_are_accepted_can_be_divided(here, count):
    names = [f"{name}/{n}.png" for name in "abc" for n in range(count)]
    archive = own_archives.pack(here / "data" / "mine.zip", images(*names))
    data = write(archive)[0].data
    layout = Layout(data.layout_name, (16, 16), 1, tuple(data.classes), data.layout_options)
    _, labels, ids = decode(archive, layout)
    parts = split(ids, labels, data.validation, seed=1)["part"]
    assert {*parts} == {"train", "validation", "test"}


@pytest.mark.parametrize(("most", "looked_at"), [(0, 1), (1000, 4)])
def test_of_large_images_only_so_many_pixels_are_decoded(here, monkeypatch, most, looked_at):
    monkeypatch.setattr(recognition, "MOST_PIXELS", most)
    names = [f"{c}/{n}.png" for c in "ab" for n in range(9)]
    files = images(*names, mode="RGBA")  # 256 pixels each
    _, text = write(own_archives.pack(here / "data/mine.zip", files))
    assert f"? The build will refuse {looked_at} of the files that were looked at" in text


def test_what_is_no_layout_is_refused_with_the_reasons(here):
    archive = own_archives.pack(here / "data/notes.zip", {"a.txt": "x", "b.bin": "y"})
    said = refusal(archive)
    assert "notes.zip: its layout is not recognised" in said
    assert said.count("\n") == 9


@pytest.mark.parametrize(
    ("name", "files", "expected"),
    [
        ("my set (1).zip", {"a/1.png": b""}, "Rename it, such as to my_set_1.zip"),
        ("set.tar", {"a/1.png": b""}, "must be unpacked"),
        ("out.zip", {"../../a/1.png": b"x"}, "not a plain path"),
        ("1.zip", {"a/1.png": b""}, "--name my_study"),
        ("w.zip", {"a/1.webp": b"", "b/2.webp": b""}, "It holds 2 .webp. Images are files that"),
        ("t.zip", {"l.csv": "a,b\nc,d,e"}, "l.csv has no rows of two or more cells, as many in"),
        ("u.zip", {"l.csv": "a,b".encode("utf-16")}, "l.csv is no text in UTF-8"),
    ],
)
def test_what_cannot_be_an_archive_is_refused(here, name, files, expected):
    assert expected in refusal(own_archives.pack(here / "data" / name, files))
    assert list((here / "studies").iterdir()) == []


def test_boxes_in_shares_of_the_sides_are_not_taken_for_pixels(here):
    rows = "".join(f"p{n}.png,0.1,0.2,0.5,0.{n + 1},cat\n" for n in range(8))
    files = images(*(f"img/p{n}.png" for n in range(8)), mode="RGB")
    table = {"boxes.csv": f"path,x,y,width,height,class\n{rows}"}
    assert "shares of the sides" in refusal(own_archives.pack(here / "data/b.zip", files | table))


def table_of_boxes(*header, separator=",", **cells):
    """An archive of photographs, and a table of boxes whose header has these names."""
    known = {"photo": "p{0}.png", "kind": "{1}", "maker": "{2}"} | cells
    sides = iter((3, 4, 10, 11))
    row = [known[name] if name in known else next(sides) for name in header]
    lines = [separator.join(map(str, row)).format(n, "ab"[n % 2], "xyz"[n % 3]) for n in range(24)]
    files = images(*(f"pics/p{n}.png" for n in range(24)), mode="RGB")
    return files | {"all boxes.csv": "\n".join([separator.join(header), *lines])}


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        (("photo", "kind", "x_min", "y_min", "x_max", "y_max"), ","),
        (("kind", "left", "top", "right", "bottom", "photo"), ";"),
        (("photo", "bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "kind"), "\t"),
    ],
)
def test_boxes_are_found_in_columns_of_other_names(here, header, separator):
    files = table_of_boxes(*header, separator=separator)
    archive = own_archives.pack(here / "data/b.zip", files)
    study, text = write(archive)
    data = study.data
    layout = Layout(data.layout_name, tuple(data.size), 3, tuple(data.classes), data.layout_options)
    _, boxes, _ = decode(archive, layout)
    assert data.classes == ["a", "b"]
    assert boxes[0].tolist()[1:5] == (3 * 2, 4 * 2, 10 * 2, 11 * 2)  # from 16 to 32 pixels
    assert "the column kind is taken as the class of a box" in text


def test_a_second_column_that_may_tell_the_class_of_boxes_is_asked_about(here):
    files = table_of_boxes("photo", "maker", "kind", "left", "top", "right", "bottom")
    _, text = write(own_archives.pack(here / "data/b.zip", files))
    assert "# columns: [photo, left, top, right, bottom, kind]" in text
    assert "# classes: [a, b]" in text


def test_columns_of_numbers_that_may_be_boxes_are_asked_about(here):
    files = table_of_boxes("photo", "kind", "cx", "cy", "w", "h")
    _, text = write(own_archives.pack(here / "data/b.zip", files))
    assert "all boxes.csv has the numbers cx, cy, w, h. If they tell boxes" in text


@pytest.mark.parametrize("form", ["{}", "{}.0"])
def test_a_table_with_a_column_for_each_class_is_refused_with_what_to_add(here, form):
    marks = [",".join(form.format(int(n % 3 == place)) for place in range(3)) for n in range(24)]
    rows = [f"p{n},{mark}" for n, mark in enumerate(marks)]
    table = {"truth.csv": "\n".join(["image,MEL,NV,BCC", *rows])}
    files = images(*(f"pics/p{n}.png" for n in range(24)), mode="RGB")
    said = refusal(own_archives.pack(here / "data/b.zip", files | table))
    assert "of the columns MEL, NV, BCC, one is 1 in each row; add a column, class" in said


def test_boxes_without_a_class_are_refused_with_what_to_add(here):
    files = table_of_boxes("photo", "left", "top", "right", "bottom")
    said = refusal(own_archives.pack(here / "data/b.zip", files))
    assert "all boxes.csv has boxes, and no column that tells their class; add one" in said


def masked(names, value=lambda n: 255 * (n % 2), size=(16, 16)):
    """An archive of images and masks with one grey value each."""
    files = {}
    for n in range(10):
        files[names[0].format(n)] = own_archives.encoded(np.full((16, 16), 60, np.uint8))
        files[names[1].format(n)] = own_archives.encoded(np.full(size, value(n), np.uint8))
    return files


def test_masks_without_objects_are_refused(here):
    files = masked(("images/{}.png", "masks/{}.png"), lambda _: 0)
    said = refusal(own_archives.pack(here / "data/m.zip", files))
    assert "all masks have one grey value alone, 0" in said
    assert "are folders of images and masks, no classes" in said


def test_masks_of_another_size_and_equal_proportions_are_resized_and_said_to_be(here):
    files = masked(("images/{}.png", "masks/{}.png"), size=(32, 32))
    study, text = write(own_archives.pack(here / "data/m.zip", files))
    assert study.data.layout.resize == "bilinear"
    assert "masks of other sizes than their images: both are resized" in text


def test_masks_of_other_proportions_are_asked_about(here):
    files = masked(("images/{}.png", "masks/{}.png"), size=(16, 32))
    _, text = write(own_archives.pack(here / "data/m.zip", files))
    assert "16x32 pixels (height x width), and its image 16x16" in text


def test_a_class_of_the_test_part_alone_is_refused(here):
    names = [f"train/{c}/{n}.png" for c in "ab" for n in range(9)]
    names += [f"test/{c}/{n}.png" for c in "abz" for n in range(4)]
    said = refusal(own_archives.pack(here / "data/mine.zip", images(*names)))
    assert "class z has 0 images for training" in said


def test_why_no_volume_can_be_used_is_said(here):
    volume = own_archives.volume(np.zeros((8, 8, 4, 3), np.int16))
    files = {f"{n}_{kind}.nii": volume for n in range(4) for kind in ("image", "label")}
    said = refusal(own_archives.pack(here / "data/v.zip", files))
    assert "0_image.nii has the axes [8, 8, 4, 3]" in said


def test_a_segmentation_of_another_shape_than_its_volume_is_said(here):
    files = {}
    for n in range(4):
        files[f"{n}_image.nii"] = own_archives.volume(np.zeros((8, 8, 4), np.int16))
        files[f"{n}_label.nii"] = own_archives.volume(np.zeros((8, 8, 3), np.int16))
    said = refusal(own_archives.pack(here / "data/v.zip", files))
    assert "0_label.nii has 8x8x3 voxels, and its volume has 8x8x4" in said


def test_images_that_are_turned_are_refused_with_what_to_do(here):
    exif = Image.Exif()
    exif[274] = 6
    buffer = io.BytesIO()
    Image.new("RGB", (16, 20)).save(buffer, "JPEG", exif=exif)
    files = {f"{c}/{n}.jpg": buffer.getvalue() for c in "ab" for n in range(9)}
    said = refusal(own_archives.pack(here / "data/t.zip", files))
    assert "Save these pictures upright" in said


def test_a_folder_with_a_blank_is_quoted_in_the_next_commands(here, capsys):
    write(own_archives.letters(here / "my data", each=8))
    assert "'data_dir=my data'" in capsys.readouterr().out.replace(f"{here}/", "")


def competition(labels):
    """An archive with classes of the training images alone, and a form for the answers."""
    named = [f"train/IMG_{n:02}.PNG" for n in range(20)]
    rows = [f"img_{n:02},{labels[n % 2]}" for n in range(20)]
    answers = [f"x{n},{labels[n % 2]}" for n in range(4)]
    return {
        **images(*named, *(f"test/x{n}.png" for n in range(4))),
        "labels.csv": "\n".join(["id,label", *rows]),
        "sample_submission.csv": "\n".join(["id,label", *answers]),
    }


def test_images_that_nothing_is_said_of_are_left_out_and_said_to_be(here, capsys):
    archive = own_archives.pack(here / "data/mine.zip", competition(["cat", "dog"]))
    study, text = write(archive)
    assert "4 images in test are not used" in capsys.readouterr().out
    assert "?" not in text.partition("size:")[0].partition("data:")[2]
    data = study.data
    layout = Layout(data.layout_name, (16, 16), 1, tuple(data.classes), data.layout_options)
    assert decode(archive, layout)[2]["part"].value_counts().to_dict() == {"train": 16, "test": 4}


def test_a_validation_part_that_a_layout_cannot_state_is_left_out(here, capsys):
    files = {}
    for part, count in {"train": 20, "valid": 6, "test": 6}.items():
        names = [f"{part}/{part}{n:02}.png" for n in range(count)]
        rows = [f"{part}{n:02}.png,{'ab'[n % 2]}" for n in range(count)]
        files |= images(*names) | {f"{part}.csv": "\n".join(["file,label", *rows])}
    archive = own_archives.pack(here / "data/mine.zip", files)
    study, _ = write(archive)
    assert "its own validation part is not used" in capsys.readouterr().out
    data = study.data
    layout = Layout(data.layout_name, (16, 16), 1, tuple(data.classes), data.layout_options)
    assert decode(archive, layout)[2]["part"].value_counts().to_dict() == {"train": 20, "test": 6}


def test_a_study_is_never_overwritten(here):
    archive = own_archives.letters(here / "data", each=6)
    assert "there is such a study" in refusal(archive, name="mnist")
    write(archive)
    assert "there is such a study" in refusal(archive)


def test_names_from_an_archive_cannot_be_yaml(here):
    names = [f"{c}/{n}.png" for c in ("yes", "xy: {y}", '"#', "0x1") for n in range(6)]
    study, _ = write(own_archives.pack(here / "data/odd.zip", images(*names)))
    assert study.data.classes == ['"#', "0x1", "xy: {y}", "yes"]
