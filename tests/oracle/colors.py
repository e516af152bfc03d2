"""sRGB bytes in OKLab and in CIE L*a*b*.

OKLab goes the long way, by CIE XYZ and the two matrices of Ottosson's page (2020), and is checked here against the table of XYZ
values that he published. L*a*b* is scikit-image's rgb2lab (D65, 2 degrees).
"""

import numpy as np
import skimage
from skimage.color import rgb2lab

from fixture import Fixture, mix

LINEAR_TO_XYZ = np.array(
    [
        [506752 / 1228815, 87881 / 245763, 12673 / 70218],
        [87098 / 409605, 175762 / 245763, 12673 / 175545],
        [7918 / 409605, 87881 / 737289, 1001167 / 1053270],
    ]
)
M1 = np.array(
    [
        [0.8189330101, 0.3618667424, -0.1288597137],
        [0.0329845436, 0.9293118715, 0.0361456387],
        [0.0482003018, 0.2643662691, 0.6338517070],
    ]
)
M2 = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
PUBLISHED = [
    ((0.950, 1.000, 1.089), (1.000, 0.000, 0.000)),
    ((1.000, 0.000, 0.000), (0.450, 1.236, -0.019)),
    ((0.000, 1.000, 0.000), (0.922, -0.671, 0.263)),
    ((0.000, 0.000, 1.000), (0.153, -1.415, -0.449)),
]


def xyz_to_oklab(xyz):
    return np.cbrt(np.asarray(xyz) @ M1.T) @ M2.T


for xyz, lab in PUBLISHED:
    np.testing.assert_allclose(xyz_to_oklab(xyz), lab, atol=1e-3)

corners = [[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)]
greys = [[v, v, v] for v in (1, 10, 11, 12, 64, 127, 128, 200, 254)]
others = (mix(np.arange(120)).reshape(40, 3) & 255).tolist()
colors = np.array(corners + greys + others, np.uint8)
encoded = colors / 255.0
linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)

fixture = Fixture("colors")
fixture.write(
    {
        "scikit-image": skimage.__version__,
        "rgb": colors.tolist(),
        "oklab": np.round(xyz_to_oklab(linear @ LINEAR_TO_XYZ.T), 6).tolist(),
        "lab": np.round(rgb2lab(encoded[None])[0], 5).tolist(),
    }
)
