"""stub"""

from standin.seed.base import fill_base


def fill_demo(world):
    """stub"""
    fill_base(world)
