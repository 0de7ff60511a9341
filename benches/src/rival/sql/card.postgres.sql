json_build_object(
    'id', 'Procedure:' || p.id,
    'slug', p.slug,
    'name', p.name,
    'category', p.category,
    'description', p.summary,
    'outcomes', outcomes.page
)
