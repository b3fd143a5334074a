"""GlaS, and JSRT with SCR, as they were released: files of their forms become images and masks."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from dlia.data.layouts import glas_files
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError

GLAS = Layout("glas_files", (4, 4), 3, ("background", "gland"))
SCR = Layout("scr_radiographs", (4, 4), 1, ("background", "lung"))


def encoded(pixels, kind):
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, kind)
    return buffer.getvalue()


def glas():
    colours = np.full((8, 12, 3), 255)
    colours[:, 2:6] = (255 * 10 ** -np.array([0.65, 0.70, 0.29])).round()  # one of haematoxylin
    objects = np.zeros((8, 12))
    objects[:, 2:4], objects[:, 4:6] = 1, 2
    names = ("train_1", "testA_1", "testB_1")
    images = {f"{name}.bmp": encoded(colours, "BMP") for name in names}
    masks = {f"{name}_anno.bmp": encoded(objects, "BMP") for name in names}
    return images | masks | {"Grade.csv": b"name,grade"}


def scr():
    film = np.full((8, 8), 4095)
    film[:, :4] = 0
    files = {}
    for fold, name in ((1, "JPCLN001"), (2, "JPCNN002")):
        files[f"All/{name}.IMG"] = film.astype(">u2").tobytes()
        for organ, columns in (("left lung", [0, 1]), ("right lung", [6, 7]), ("heart", [4])):
            mask = np.zeros((8, 8))
            mask[:, columns] = 255
            files[f"scratch/fold{fold}/masks/{organ}/{name}.gif"] = encoded(mask, "GIF")
    return files


def read(folder, layout, files):
    with zipfile.ZipFile(folder / "SET.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return decode(folder / "SET.zip", layout)


def test_glas_gives_stains_of_the_central_square_and_all_glands_as_one_class(tmp_path):
    files = {f"Warwick QU Dataset (Released 2016_07_08)/{n}": d for n, d in glas().items()}
    pixels, masks, ids = read(tmp_path, GLAS, files)
    assert ids["id"].tolist() == ["Test/01", "Train/01"]
    assert pixels[0][:, 0, 0].min() >= 252
    assert pixels[0][:, :2, 1].max() <= 3
    assert pixels[0][:, 3].max() == 0
    assert pixels[..., 2].max() == 0
    assert masks[0].tolist() == [[1, 1, 0, 0]] * 4


def test_stains_are_unmixed_as_the_densities_of_the_three_dyes_add_up():
    colours = np.array([[[100, 60, 140], [200, 150, 190]]], np.uint8)
    dyes = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
    amounts = np.linalg.solve(dyes.T, -np.log10(colours[0] / 255).T).T
    assert glas_files.unmixed(colours)[0] == pytest.approx(np.maximum(amounts, 0)[:, :2])


def test_radiographs_are_inverted_and_both_lungs_are_one_class(tmp_path):
    pixels, masks, ids = read(tmp_path, SCR, scr())
    assert ids["id"].tolist() == ["Test/JPCNN002", "Train/JPCLN001"]
    assert pixels[0].tolist() == [[255, 255, 0, 0]] * 4
    assert masks[0].tolist() == [[1, 0, 0, 1]] * 4


@pytest.mark.parametrize(
    ("layout", "files", "name", "data", "expected"),
    [
        (GLAS, glas(), "train_1_anno.bmp", encoded(np.zeros((4, 4)), "BMP"), "another size than"),
        (GLAS, glas(), "train_2.bmp", b"", "no image or no mask"),
        (GLAS, glas(), "train_1.bmp", b"", "no BMP, PPM, GIF or TIFF file"),
        (GLAS, glas(), "train_1_anno.bmp", b"BM", "mask, .*train_1_anno.bmp, that is unusable"),
        (GLAS, glas(), "photo.png", b"", "not expected there"),
        (SCR, scr(), "All/JPCLN001.IMG", b"\0" * 126, "no square of 16-bit numbers"),
        (SCR, scr(), "All/JPCLN001.IMG", b"\xff" * 128, "no 12-bit numbers"),
        (SCR, scr(), "All/JPCLN001.IMG", b"\0" * 50, "no multiple of 4x4"),
        (SCR, scr(), "All/JPCLN009.IMG", b"\0" * 128, "masks of both lungs in 0 folds"),
        (SCR, scr(), "fold1/masks/left lung/JPCLN007.gif", b"", "has no radiograph"),
        (SCR, scr(), "scratch/fold1/masks/left lung/JPCLN001.gif", b"GIF89a", "damaged GIF"),
        (SCR, scr(), "scratch/fold1/masks/left lung/JPCLN001.gif", b"", "no BMP, PPM, GIF or TIFF"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, layout, files, name, data, expected):
    with pytest.raises(UserError, match=expected):
        read(tmp_path, layout, files | {name: data})
