"""NVFP4: four-bit E2M1 values, an E4M3 scale for each block of 16, one float32 scale for the tensor."""
import torch

BLOCK, E2M1_MAX, E4M3_MAX = 16, 6.0, 448.0
RANGE = E2M1_MAX * E4M3_MAX


def e2m1(v):
    """Round to 0, ½, 1, 1½, 2, 3, 4, 6 with sign, nearest, ties to even; |v| above 6 becomes 6."""
    a = v.abs().clamp(max=6.0)
    small = torch.round(a * 2) * 0.5
    middle = torch.round(a)
    large = torch.round(a * 0.5) * 2
    return torch.where(a < 2, small, torch.where(a < 4, middle, large)) * torch.sign(v)


def e4m3(v):
    return v.to(torch.float8_e4m3fn).to(torch.float32)


def weight_codes(w, scale2):
    """float32 weight (out, in) -> E2M1 values (out, blocks, 16) and their E4M3 block scales (out, blocks, 1)."""
    blocks = w.float().unflatten(-1, (-1, BLOCK))
    amax = blocks.abs().amax(-1, keepdim=True)
    scale = amax / (E2M1_MAX * scale2)
    scale = e4m3(torch.where(scale == 0, torch.ones_like(scale), scale).clamp(max=E4M3_MAX))
    step = scale * scale2
    values = e2m1(torch.where(step == 0, torch.zeros_like(blocks), blocks / torch.where(step == 0, torch.ones_like(step), step)))
    return values, scale


def activation_codes(x, input_scale):
    """Rows of x -> E2M1 values and E4M3 block scales, with the static scale of the checkpoint."""
    blocks = x.float().unflatten(-1, (-1, BLOCK))
    g = 1.0 / input_scale
    amax = blocks.abs().amax(-1, keepdim=True)
    scale = e4m3((g * (amax * (1.0 / 6.0))).clamp(max=E4M3_MAX))
    m = torch.where(scale == 0, torch.zeros_like(scale), 1.0 / (scale * (1.0 / g)))
    return e2m1((blocks * m).clamp(-6, 6)), scale


def through(exact, smooth):
    """The value of `exact` with the gradient of `smooth`."""
    return smooth + (exact - smooth).detach()


def fake_weight(w, scale2):
    """Weight in units of scale2, quantised; every value is exact in BF16."""
    with torch.no_grad():
        values, scale = weight_codes(w, scale2)
        exact = (values * scale).flatten(-2)
    return through(exact, w.float() / scale2)


def fake_activation(x, input_scale):
    with torch.no_grad():
        values, scale = activation_codes(x, input_scale)
        exact = (values * scale).flatten(-2)
    return through(exact, x.float() / input_scale)
