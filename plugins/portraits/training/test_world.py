# SPDX-License-Identifier: Apache-2.0
"""python -m unittest test_world"""
import random
import time
import unittest

import numpy as np

import world


class WorldTest(unittest.TestCase):
    def setUp(self):
        self.rng = random.Random(5)

    def test_a_portrait_is_drawn_the_same_every_time(self):
        p = world.random_portrait(self.rng)
        self.assertEqual(world.draw(p, 64).tobytes(), world.draw(p, 64).tobytes())

    def test_sizes_agree(self):
        p = world.random_portrait(self.rng)
        large = np.asarray(world.draw(p, 512).reduce(8), float)
        self.assertLess(np.abs(large - np.asarray(world.draw(p, 64), float)).mean(), 2.0)
        self.assertEqual((1024, 1024), world.draw(p, 1024).size)

    def test_masks_share_out_every_pixel(self):
        for _ in range(20):
            p = world.random_portrait(self.rng)
            parts = world.masks(p, 64)
            np.testing.assert_allclose(sum(parts.values()), 1.0, atol=1e-5)
            self.assertGreater(parts["head"].sum(), 200)
            self.assertEqual(p.hat == "none", parts["hat"].sum() == 0)
            self.assertEqual(p.neckwear == "none", parts["neckwear"].sum() == 0)
            self.assertEqual(p.glasses == "none", parts["glasses"].sum() == 0)

    def test_hats_stay_inside_the_picture(self):
        for hat in world.ATTRIBUTES["hat"][1:]:
            for species in world.SPECIES:
                p = world.Portrait(species, scale=1.06, y=-0.02, tilt=9).but(species=species, hat=hat)
                self.assertEqual(0, world.masks(p)["hat"][0].sum(), (species, hat))

    def test_a_counterfactual_differs_in_one_attribute_and_only_there(self):
        p = world.Portrait(hat="beret", hat_colour="red", neckwear="scarf", neckwear_colour="blue")
        q = p.but(hat_colour="green")
        difference = np.abs(np.asarray(world.draw(p), float) - np.asarray(world.draw(q), float)).sum(2)
        self.assertGreater(difference[world.masks(p)["hat"] > 0.99].min(), 30)
        self.assertEqual(0, difference[world.masks(p)["hat"] == 0].max())
        for _ in range(200):
            p = world.random_portrait(self.rng)
            q, name = world.changed(p, self.rng)
            self.assertNotEqual(getattr(p, name), getattr(q, name))
            self.assertIn(q.fur, world.SPECIES[q.species])

    def test_captions_are_true_of_their_portrait_and_name_what_was_asked_for(self):
        for _ in range(300):
            p = world.random_portrait(self.rng)
            text, named = world.caption(p, self.rng, ("hat", "mood"))
            self.assertIn("mood", named)
            self.assertTrue(world.satisfies(p, p, named))
            if p.hat != "none":
                self.assertIn(p.hat_colour, text)
                self.assertIn("hat_colour", named)

    def test_the_swap_exchanges_the_colours(self):
        p = world.Portrait(hat="beret", hat_colour="red", neckwear="scarf", neckwear_colour="blue")
        q = world.swapped_colours(p)
        self.assertEqual(("blue", "red"), (q.hat_colour, q.neckwear_colour))

    def test_one_combination_in_twenty_is_kept_from_training(self):
        share = sum(world.random_portrait(self.rng).held_out() for _ in range(20000)) / 20000
        self.assertAlmostEqual(0.05, share, delta=0.015)
        self.assertFalse(any(p.held_out() for p in world.pairs(3, 1000)))

    def test_codes_give_the_portrait_back(self):
        p = world.random_portrait(self.rng)
        self.assertEqual(p.codes(), world.portrait_of(p.codes()).codes())

    def test_drawing_is_fast_enough_for_training(self):
        portraits = [world.random_portrait(self.rng) for _ in range(600)]
        for p in portraits[:300]:
            world.draw(p)
        start = time.process_time()
        for p in portraits[300:]:
            world.draw(p)
        self.assertGreater(300 / (time.process_time() - start), 300)

    def test_hats_that_are_misread_come_often_and_no_combination_that_is_held_out(self):
        rng = random.Random(2)
        portraits = [world.lesson(rng) for _ in range(300)]
        white = [p for p in portraits if p.hat_colour == "white"]
        self.assertGreater(len(white), 90)
        self.assertGreater(sum(p.species in world.REACHING for p in white), len(white) / 3)
        self.assertFalse(any(p.held_out() for p in portraits))


if __name__ == "__main__":
    unittest.main()
