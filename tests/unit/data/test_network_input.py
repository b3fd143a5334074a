"""What a network sees of a stored image."""

from trainings import settings_of

from dlia.data.network_input import NetworkInput


def test_pixels_are_divided_by_what_the_settings_say():
    assert NetworkInput.of(settings_of("ex1_2/sgd", input={"divide_by": 4095})).divide_by == 4095


def test_a_network_sees_the_whole_image():
    assert NetworkInput.of(settings_of("ex1_2/sgd")).shape((3, 20, 30)) == (3, 20, 30)
