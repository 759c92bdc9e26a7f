# SPDX-License-Identifier: Apache-2.0
"""Trajectories of diffusers' schedulers under many settings, for SolversParityTest.

Written with diffusers 0.40.0.dev0 (58eb52c), torch 2.13.0, numpy 2.4.6, scipy 1.17.1:
    PYTHONPATH=diffusers/src python3 diffusers-reference.py
writes diffusers.json (the settings) and diffusers.safetensors (the final samples, and those of a quarter and a half of the way).
"""
import json
import warnings

import diffusers
import torch
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
torch.set_num_threads(1)

FIELD = "out(x, t) = 0.6*sin(2*x + t/150) + 0.25*x"
LEARNED = FIELD + "; variance channels: 0.5*out(x, t + 7)"


def field(x, t, learned):
    out = 0.6 * torch.sin(2 * x + t / 150) + 0.25 * x
    if not learned:
        return out
    return torch.cat([out, 0.5 * (0.6 * torch.sin(2 * x + (t + 7) / 150) + 0.25 * x)], dim=1)


SD = dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012)
COSINE = dict(beta_schedule="squaredcos_cap_v2")
settings = []


def add(name, steps, config=None, step=None, seed=None, learned=False):
    settings.append((name, steps, config or {}, step or {}, seed, learned))


for spacing in ("leading", "trailing", "linspace"):
    for prediction in ("epsilon", "sample", "v_prediction"):
        add("DDIMScheduler", 9, dict(SD, timestep_spacing=spacing, prediction_type=prediction, clip_sample=False, set_alpha_to_one=False, steps_offset=1))
        add("DDPMScheduler", 8, dict(timestep_spacing=spacing, prediction_type=prediction, variance_type="fixed_small_log"), seed=3)
    for steps in (3, 6, 17, 20):
        add("DPMSolverMultistepScheduler", steps, dict(SD, timestep_spacing=spacing, steps_offset=1))
        add("UniPCMultistepScheduler", steps, dict(SD, timestep_spacing=spacing, solver_order=3))
        add("EulerDiscreteScheduler", steps, dict(SD, timestep_spacing=spacing, steps_offset=1))
        add("HeunDiscreteScheduler", steps, dict(timestep_spacing=spacing))
        add("PNDMScheduler", steps, dict(SD, timestep_spacing=spacing, skip_prk_steps=True))
        if steps >= 4:
            add("PNDMScheduler", steps, dict(SD, timestep_spacing=spacing, skip_prk_steps=False, set_alpha_to_one=True))
        add("EulerAncestralDiscreteScheduler", steps, dict(SD, timestep_spacing=spacing), seed=steps)
for spacing in ("leading", "trailing"):
    for prediction in ("epsilon", "sample", "v_prediction"):
        for one in (True, False):
            add("DDIMInverseScheduler", 11, dict(SD, timestep_spacing=spacing, prediction_type=prediction, clip_sample=not one, set_alpha_to_one=one))
for steps in (1, 2, 50):
    add("DDIMScheduler", steps, COSINE)
    add("DDPMScheduler", steps, COSINE, seed=1)
    add("DDIMScheduler", steps, dict(clip_sample=True, clip_sample_range=2.0), dict(eta=1.0, use_clipped_model_output=True), seed=5)
    add("DDIMScheduler", steps, dict(thresholding=True, dynamic_thresholding_ratio=0.9, sample_max_value=1.7), dict(eta=0.3), seed=6)
    add("DDIMScheduler", steps, dict(rescale_betas_zero_snr=True, prediction_type="v_prediction", timestep_spacing="trailing", num_train_timesteps=400))
    add("DDPMScheduler", steps, dict(rescale_betas_zero_snr=True, prediction_type="v_prediction", timestep_spacing="trailing"), seed=8)
add("DDIMScheduler", 5, dict(trained_betas=[0.01 + 0.002 * i for i in range(40)], num_train_timesteps=40), dict(eta=0.5), seed=9)
for variance in ("fixed_small", "fixed_large"):
    for schedule in ("linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "laplace"):
        add("DDPMScheduler", 12, dict(variance_type=variance, beta_schedule=schedule), seed=11)
add("DDPMScheduler", 12, dict(variance_type="learned_range"), seed=12, learned=True)
add("DDPMScheduler", 1000, dict(variance_type="learned_range", clip_sample=True), seed=12, learned=True)
add("DDPMScheduler", 10, dict(variance_type="fixed_small", steps_offset=3), seed=13)
for steps in (2, 7, 25, 50):
    for prediction in ("epsilon", "sample"):
        add("UnCLIPScheduler", steps, dict(prediction_type=prediction, clip_sample_range=3.0), seed=14)
        add("UnCLIPScheduler", steps, dict(prediction_type=prediction, variance_type="learned_range"), dict(prev=True), seed=15, learned=True)
add("UnCLIPScheduler", 7, dict(variance_type="fixed_small_log"), dict(prev=False), seed=16)
add("UnCLIPScheduler", 7, dict(num_train_timesteps=300, clip_sample=False, prediction_type="sample"), seed=17)

for sigmas in ({}, dict(use_karras_sigmas=True), dict(use_exponential_sigmas=True), dict(use_beta_sigmas=True)):
    for schedule in (SD, COSINE):
        for final in ("zero", "sigma_min"):
            for steps in (5, 16):
                add("EulerDiscreteScheduler", steps, dict(schedule, **sigmas, final_sigmas_type=final))
                add("DPMSolverMultistepScheduler", steps, dict(schedule, **sigmas, final_sigmas_type=final))
                add("UniPCMultistepScheduler", steps, dict(schedule, **sigmas, final_sigmas_type=final))
    add("HeunDiscreteScheduler", 8, dict(SD, **sigmas, prediction_type="v_prediction"))
add("HeunDiscreteScheduler", 8, dict(beta_schedule="exp", clip_sample=True))
add("HeunDiscreteScheduler", 8, dict(SD, prediction_type="sample"))
for prediction in ("epsilon", "sample", "v_prediction"):
    for zero in (False, True):
        add("EulerDiscreteScheduler", 10, dict(SD, prediction_type=prediction, rescale_betas_zero_snr=zero, timestep_spacing="trailing"))
        add("DPMSolverMultistepScheduler", 10, dict(SD, prediction_type=prediction, rescale_betas_zero_snr=zero, timestep_spacing="trailing"))
        add("UniPCMultistepScheduler", 10, dict(SD, prediction_type=prediction, rescale_betas_zero_snr=zero, timestep_spacing="trailing"))
        if prediction != "sample":
            add("EulerAncestralDiscreteScheduler", 10, dict(SD, prediction_type=prediction, rescale_betas_zero_snr=zero), seed=20)
            add("PNDMScheduler", 10, dict(SD, prediction_type=prediction, skip_prk_steps=zero))
add("EulerDiscreteScheduler", 10, dict(SD, interpolation_type="log_linear"))
add("EulerDiscreteScheduler", 10, dict(SD, timestep_type="continuous", prediction_type="v_prediction", use_karras_sigmas=True, sigma_min=0.002, sigma_max=700.0))
add("EulerDiscreteScheduler", 10, SD, dict(s_churn=3.0, s_tmin=0.1, s_tmax=10.0, s_noise=1.01), seed=21)
for algorithm in ("dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver"):
    for order in (1, 2, 3):
        for kind in ("midpoint", "heun"):
            for steps in (6, 18):
                if order == 3 and algorithm == "sde-dpmsolver":
                    continue
                final = "zero" if algorithm.endswith("++") else "sigma_min"
                add("DPMSolverMultistepScheduler", steps, dict(SD, algorithm_type=algorithm, solver_order=order, solver_type=kind, final_sigmas_type=final), seed=22)
for more in (dict(euler_at_final=True), dict(lower_order_final=False), dict(lower_order_final=False, final_sigmas_type="sigma_min", solver_order=3),
             dict(use_lu_lambdas=True), dict(thresholding=True, sample_max_value=2.0), dict(lambda_min_clipped=-5.1, **COSINE),
             dict(thresholding=True, algorithm_type="dpmsolver", final_sigmas_type="sigma_min"), dict(use_lu_lambdas=True, **COSINE),
             dict(algorithm_type="dpmsolver", prediction_type="sample", final_sigmas_type="sigma_min"),
             dict(lambda_min_clipped=-5.1, timestep_spacing="leading", **COSINE), dict(lambda_min_clipped=-5.1, timestep_spacing="trailing", **COSINE),
             dict(variance_type="learned_range")):
    add("DPMSolverMultistepScheduler", 9, more, learned="variance_type" in more)
for order in (1, 2, 3, 4):
    for kind in ("bh1", "bh2"):
        for x0 in (True, False):
            for lower in (True, False):
                if lower or not x0:
                    add("UniPCMultistepScheduler", 10, dict(SD, solver_order=order, solver_type=kind, predict_x0=x0, lower_order_final=lower, final_sigmas_type="zero" if x0 and kind == "bh2" else "sigma_min"))
add("UniPCMultistepScheduler", 10, dict(SD, disable_corrector=[0, 3]))
add("UniPCMultistepScheduler", 10, dict(SD, thresholding=True, sample_max_value=1.5))
add("UniPCMultistepScheduler", 10, dict(SD, use_karras_sigmas=True, sigma_min=0.1, sigma_max=10.0))
add("UniPCMultistepScheduler", 10, dict(SD, predict_x0=False, prediction_type="v_prediction", final_sigmas_type="sigma_min"))
for steps in (1, 2, 4, 8, 50):
    add("LCMScheduler", steps, {}, seed=30)
add("LCMScheduler", 6, dict(prediction_type="v_prediction", clip_sample=True, original_inference_steps=30, timestep_scaling=5.0), seed=31)
add("LCMScheduler", 6, dict(prediction_type="sample", thresholding=True, sample_max_value=1.2, original_inference_steps=100), seed=31)

tensors = {"sample": torch.randn(2, 3, 2, 2, generator=torch.Generator().manual_seed(0))}
cases = []
for name, steps, config, step, seed, learned in settings:
    scheduler = getattr(diffusers, name)(**config)
    scheduler.set_timesteps(steps)
    x = tensors["sample"].clone()
    generator = torch.Generator().manual_seed(seed) if seed is not None else None
    kwargs = {key: value for key, value in step.items() if key != "prev"}
    if seed is not None:
        kwargs["generator"] = generator
    points = [x]
    for i, t in enumerate(scheduler.timesteps):
        shown = scheduler.scale_model_input(x, t) if hasattr(scheduler, "scale_model_input") else x
        out = field(shown, t, learned)
        if name == "UnCLIPScheduler" and step.get("prev", True) and i + 1 < len(scheduler.timesteps):
            kwargs["prev_timestep"] = scheduler.timesteps[i + 1]
        elif name == "UnCLIPScheduler":
            kwargs["prev_timestep"] = None
        try:
            x = scheduler.step(out, t, x, **kwargs).prev_sample
        except (IndexError, AssertionError):  # its first timestep occurs twice, and it begins at the second
            x = torch.full_like(x, float("nan"))
        points.append(x)
    if not all(torch.isfinite(p).all() for p in points):
        print("not finite, left out:", name, steps, config, step)
        continue
    case = len(cases)
    n = len(points) - 1
    cases.append({"steps": steps, "config": {"_class_name": name, **config}, "step": step, "noise_seed": seed, "learned": bool(learned), "evaluations": n, "largest": float(max(p.abs().max() for p in points)),
                  "initial_scale": float(scheduler.init_noise_sigma), "timesteps": [float(t) for t in scheduler.timesteps][:60]})
    tensors[f"{case}"] = torch.stack([points[(n + 3) // 4], points[(n + 1) // 2], points[n]])
json.dump({"field": FIELD, "learned_field": LEARNED, "cases": cases}, open("diffusers.json", "w"), indent=0)
save_file(tensors, "diffusers.safetensors")
print(len(cases), "cases")
