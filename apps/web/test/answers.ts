/** An answer with everything that Markdown can be. */
export const richAnswer = `Gradient descent finds a minimum by walking **downhill**: at each step it moves against the slope, by a distance that the *learning rate* decides.

## The rule

With parameters \\(\\theta\\), a loss \\(L\\) and a learning rate \\(\\eta\\), one step is

\\[
\\theta_{t+1} = \\theta_t - \\eta \\, \\nabla L(\\theta_t), \\qquad \\nabla L = \\left( \\frac{\\partial L}{\\partial \\theta_1}, \\dots, \\frac{\\partial L}{\\partial \\theta_n} \\right)
\\]

## In code

\`\`\`python
def descend(gradient, start, rate=0.1, steps=100):
    """Walk downhill from start."""
    theta = start
    for step in range(steps):
        slope = gradient(theta)
        if abs(slope) < 1e-8:
            break  # flat enough
        theta -= rate * slope
    return theta

print(descend(lambda x: 2 * (x - 3), start=0.0))
\`\`\`

## Which variant?

| Variant | Data per step | Steps | Noise |
| --- | ---: | ---: | --- |
| Batch | all | few | none |
| Stochastic | 1 | many | high |
| Mini-batch | 32–512 | some | *useful* |

A rate that costs you $5 to $10 of compute is not worth tuning by hand:

- [x] start with \`0.1\` and halve it when the loss grows
- [ ] try a schedule once that works

> The loss is a landscape, and you are in the fog: feel the slope, take a step, repeat.
`;
